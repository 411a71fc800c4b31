import type { TensorSpec } from '../../protocol/signature';
import { domainName, type ExternalData, type Operator } from './model-facts';
import {
  each,
  once,
  type MessageHandlers,
  type ProtobufReader,
  type Span,
} from './protobuf-reader';
import { readSparseTensor, readTensor, type TensorFacts } from './read-tensor';
import { rejected } from './rejected';
import { readValueInfo } from './value-info';

/** More than any model has; what is beyond is made to fill memory. */
export const maxOperators = 10_000;
export const maxValues = 100_000;

/** What is gathered from all graphs and functions of a model. */
export interface Findings {
  readonly external: ExternalData[];
  readonly operators: Map<string, Operator>;
}

/** The main graph, as far as it is kept. */
export interface Graph {
  readonly name: string;
  /** Every declared input, those with an initializer too. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly initializers: ReadonlySet<string>;
}

/** The main graph (GraphProto). */
export async function readGraph(
  reader: ProtobufReader,
  span: Span,
  found: Findings,
): Promise<Graph> {
  const graph = {
    name: '',
    inputs: [] as TensorSpec[],
    outputs: [] as TensorSpec[],
    initializers: new Set<string>(),
  };
  const value = (into: TensorSpec[]): MessageHandlers[number] =>
    each(async (field) => {
      if (into.length === maxValues)
        throw rejected(`The model declares over ${maxValues} inputs or outputs.`);
      into.push(await readValueInfo(reader, field));
    });
  await reader.walk(span, {
    ...graphParts(reader, found, (name) => graph.initializers.add(name)),
    2: each((field) => {
      graph.name = reader.text(field);
    }),
    11: value(graph.inputs),
    12: value(graph.outputs),
  });
  return graph;
}

/** A graph inside: only what it contains counts. */
export async function scanGraph(
  reader: ProtobufReader,
  span: Span,
  found: Findings,
): Promise<void> {
  await reader.walk(
    span,
    graphParts(reader, found, () => undefined),
  );
}

/** Nodes, initializers and sparse initializers of a GraphProto. */
function graphParts(
  reader: ProtobufReader,
  found: Findings,
  onInitializer: (name: string) => unknown,
): MessageHandlers {
  return {
    1: each((field) => scanNode(reader, field, found)),
    5: each(async (field) => {
      const tensor = await readTensor(reader, field);
      note(found, [tensor]);
      onInitializer(tensor.name);
    }),
    15: each(async (field) => {
      const tensors = await readSparseTensor(reader, field);
      note(found, tensors);
      for (const { name } of tensors) onInitializer(name);
    }),
  };
}

/** NodeProto: which operator it is, and what its attributes contain. */
export async function scanNode(reader: ProtobufReader, span: Span, found: Findings): Promise<void> {
  let domain = '';
  let name = '';
  await reader.walk(span, {
    4: each((field) => {
      name = reader.word(field);
    }),
    5: each((field) => scanAttribute(reader, field, found)),
    7: each((field) => {
      domain = reader.word(field);
    }),
  });
  const operator = { domain: domainName(domain), name };
  found.operators.set(operatorKey(operator), operator);
  if (found.operators.size > maxOperators) {
    throw rejected(`The model uses over ${maxOperators} different operators.`);
  }
}

export function operatorKey(operator: Operator): string {
  return JSON.stringify([operator.domain, operator.name]);
}

/** AttributeProto: tensors and graphs hide in it. */
export async function scanAttribute(
  reader: ProtobufReader,
  span: Span,
  found: Findings,
): Promise<void> {
  const tensor = async (field: Span): Promise<void> => {
    note(found, [await readTensor(reader, field)]);
  };
  const sparse = async (field: Span): Promise<void> => {
    note(found, await readSparseTensor(reader, field));
  };
  const graph = (field: Span): Promise<void> => scanGraph(reader, field, found);
  await reader.walk(span, {
    5: once(tensor),
    6: once(graph),
    10: each(tensor),
    11: each(graph),
    22: once(sparse),
    23: each(sparse),
  });
}

function note(found: Findings, tensors: readonly TensorFacts[]): void {
  for (const { external } of tensors) {
    if (external !== null) found.external.push(external);
  }
}
