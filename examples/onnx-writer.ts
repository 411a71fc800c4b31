import {
  bytesField,
  floatField,
  intField,
  messageField,
  textField,
  type Message,
} from './protobuf-writer';

/** Element types by their name in ONNX's own words. */
export const elementTypes = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  bfloat16: 16,
  float8e4m3fn: 17,
  uint4: 21,
  int4: 22,
} as const;

export type ElementType = keyof typeof elementTypes;

/** A size, the name of a free size, or null for a free size without a name. */
export type Dim = number | string | null;

export type ValueType =
  | { readonly elem: ElementType; readonly shape: readonly Dim[] | null }
  | { readonly sequence: ValueType }
  | { readonly optional: ValueType }
  | { readonly map: { readonly key: ElementType; readonly value: ValueType } };

export interface Value {
  readonly name: string;
  /** Absent: the value is listed without a type. */
  readonly type?: ValueType;
}

/** A constant tensor: its little-endian bytes, its strings, or where they lie outside the file. */
export interface Constant {
  readonly name: string;
  readonly elem: ElementType;
  readonly dims: readonly number[];
  readonly data?: Uint8Array;
  readonly strings?: readonly string[];
  readonly external?: Readonly<Record<string, string>>;
}

export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly text: string }
  | { readonly tensor: Constant }
  | { readonly graph: Graph }
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly texts: readonly string[] };

export interface Node {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly constants?: readonly Constant[];
}

/** An operator that the model defines itself. */
export interface OwnFunction {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly opsets: Readonly<Record<string, number>>;
}

export interface Model {
  readonly graph: Graph;
  /** Versions by domain, `ai.onnx` being the default one. */
  readonly opsets: Readonly<Record<string, number>>;
  /** 8 if absent. */
  readonly irVersion?: number;
  readonly producer?: { readonly name: string; readonly version: string };
  readonly domain?: string;
  readonly version?: bigint;
  readonly doc?: string;
  readonly metadata?: readonly (readonly [key: string, value: string])[];
  readonly functions?: readonly OwnFunction[];
}

/** The model as an ONNX file. The same model gives the same bytes. */
export function writeModel(model: Model): Buffer {
  const producer = model.producer ?? { name: 'shoal examples', version: '1' };
  return Buffer.concat([
    intField(1, model.irVersion ?? 8),
    textField(2, producer.name),
    textField(3, producer.version),
    textField(4, model.domain ?? ''),
    intField(5, model.version ?? 0n),
    textField(6, model.doc ?? ''),
    messageField(7, graphMessage(model.graph)),
    ...opsetFields(8, model.opsets),
    ...entryFields(14, model.metadata ?? []),
    ...(model.functions ?? []).map((own) => messageField(25, functionMessage(own))),
  ]);
}

function opsetFields(field: number, opsets: Readonly<Record<string, number>>): Message {
  return Object.entries(opsets).map(([domain, version]) =>
    messageField(field, [textField(1, domain === 'ai.onnx' ? '' : domain), intField(2, version)]),
  );
}

function entryFields(
  field: number,
  entries: readonly (readonly [key: string, value: string])[],
): Message {
  return entries.map(([key, value]) =>
    messageField(field, [textField(1, key), textField(2, value)]),
  );
}

function graphMessage(graph: Graph): Message {
  return [
    ...graph.nodes.map((node) => messageField(1, nodeMessage(node))),
    textField(2, graph.name),
    ...(graph.constants ?? []).map((constant) => messageField(5, constantMessage(constant))),
    ...graph.inputs.map((value) => messageField(11, valueMessage(value))),
    ...graph.outputs.map((value) => messageField(12, valueMessage(value))),
  ];
}

function functionMessage(own: OwnFunction): Message {
  return [
    textField(1, own.name),
    ...own.inputs.map((name) => textField(4, name)),
    ...own.outputs.map((name) => textField(5, name)),
    ...own.nodes.map((node) => messageField(7, nodeMessage(node))),
    ...opsetFields(9, own.opsets),
    textField(10, own.domain),
  ];
}

function nodeMessage(node: Node): Message {
  return [
    ...node.inputs.map((name) => textField(1, name)),
    ...node.outputs.map((name) => textField(2, name)),
    textField(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([name, attribute]) =>
      messageField(5, [textField(1, name), ...attributeFields(attribute)]),
    ),
    textField(7, node.domain ?? ''),
  ];
}

/** The value and the number of its kind (AttributeProto.type). */
function attributeFields(attribute: Attribute): Message {
  if ('float' in attribute) return [floatField(2, attribute.float), intField(20, 1)];
  if ('int' in attribute) return [intField(3, attribute.int), intField(20, 2)];
  if ('text' in attribute) return [textField(4, attribute.text), intField(20, 3)];
  if ('tensor' in attribute) {
    return [messageField(5, constantMessage(attribute.tensor)), intField(20, 4)];
  }
  if ('graph' in attribute) {
    return [messageField(6, graphMessage(attribute.graph)), intField(20, 5)];
  }
  if ('floats' in attribute) {
    return [...attribute.floats.map((value) => floatField(7, value)), intField(20, 6)];
  }
  if ('ints' in attribute) {
    return [...attribute.ints.map((value) => intField(8, value)), intField(20, 7)];
  }
  return [...attribute.texts.map((value) => textField(9, value)), intField(20, 8)];
}

function constantMessage(constant: Constant): Message {
  const { name, elem, dims, data, strings, external } = constant;
  return [
    ...dims.map((dim) => intField(1, dim)),
    intField(2, elementTypes[elem]),
    ...(strings ?? []).map((text) => textField(6, text)),
    textField(8, name),
    ...(data === undefined ? [] : [bytesField(9, data)]),
    ...(external === undefined
      ? []
      : [...entryFields(13, Object.entries(external)), intField(14, 1)]),
  ];
}

function valueMessage(value: Value): Message {
  const type = value.type === undefined ? [] : [messageField(2, typeMessage(value.type))];
  return [textField(1, value.name), ...type];
}

function typeMessage(type: ValueType): Message {
  if ('sequence' in type) return [messageField(4, [messageField(1, typeMessage(type.sequence))])];
  if ('optional' in type) return [messageField(9, [messageField(1, typeMessage(type.optional))])];
  if ('map' in type) {
    const { key, value } = type.map;
    return [messageField(5, [intField(1, elementTypes[key]), messageField(2, typeMessage(value))])];
  }
  const shape = type.shape === null ? [] : [messageField(2, type.shape.map(dimField))];
  return [messageField(1, [intField(1, elementTypes[type.elem]), ...shape])];
}

function dimField(dim: Dim): Buffer {
  if (dim === null) return messageField(1, []);
  return messageField(1, [typeof dim === 'number' ? intField(1, dim) : textField(2, dim)]);
}
