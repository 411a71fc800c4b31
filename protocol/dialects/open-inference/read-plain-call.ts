import { isDatatype, type Datatype } from '../../datatype';
import type { JsonValue } from '../../exact-json/json-value';
import { asciiText } from '../../plain-json/ascii';
import { JsonCursor } from '../../plain-json/json-cursor';
import { notPlain } from '../../plain-json/not-plain';
import { lastRead, readInteger } from '../../plain-json/number-reader';
import { readTensorData } from '../../plain-json/tensor-data';
import { elementCount, type Tensor } from '../../tensor';
import { readOutputs } from './call-outputs';
import { readParameters } from './call-parameters';
import type { InferCall } from './infer-call';

/**
 * Reads an infer call straight from the bytes of its JSON where it has the usual form: ASCII, no
 * escapes, only the members that this server acts on, each once, data in JSON and not FP16 or
 * BYTES. Undefined for all others, be they right or wrong: `readInferCall` decides on them.
 */
export function readPlainCall(json: Uint8Array): InferCall | undefined {
  try {
    return callAt(new JsonCursor(json));
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

/** The members of a call, as far as they have been read. */
interface Members {
  id: string | undefined;
  inputs: Tensor[] | undefined;
  outputs: ReturnType<typeof readOutputs> | undefined;
  parameters: ReturnType<typeof readParameters> | undefined;
}

const none = [] as const;

function callAt(cursor: JsonCursor): InferCall {
  const members: Members = {
    id: undefined,
    inputs: undefined,
    outputs: undefined,
    parameters: undefined,
  };
  let more = cursor.enterObject();
  for (; more; more = cursor.moreMembers()) readMember(cursor, members);
  cursor.end();
  const { inputs } = members;
  if (inputs === undefined) throw notPlain;
  const { names, binary, classes, parts } = members.outputs ?? readOutputs(undefined);
  const said = members.parameters ?? readParameters(undefined);
  return {
    id: members.id ?? '',
    parameters: said.others,
    timeoutUs: said.timeoutUs,
    priority: said.priority,
    inputs,
    blobs: none,
    inputParts: none,
    outputs: names,
    outputsBinary: binary,
    classes,
    outputParts: parts,
    binaryDefault: said.binaryDataOutput,
  };
}

function readMember(cursor: JsonCursor, members: Members): void {
  const key = cursor.key();
  if (key === 'inputs' && members.inputs === undefined) {
    members.inputs = inputsAt(cursor);
  } else if (key === 'id' && members.id === undefined) {
    members.id = cursor.string();
  } else if (key === 'outputs' && members.outputs === undefined) {
    members.outputs = generally(cursor, readOutputs);
  } else if (key === 'parameters' && members.parameters === undefined) {
    members.parameters = generally(cursor, readParameters);
  } else throw notPlain;
}

/** Has a small part read by a general reader; its faults and what may lose digits are not plain. */
function generally<Read>(cursor: JsonCursor, read: (value: JsonValue) => Read): Read {
  cursor.peek();
  const { at } = cursor;
  cursor.passNested();
  const text = asciiText(cursor.bytes, at, cursor.at);
  if (/\d{16}/.test(text)) throw notPlain;
  try {
    return read(JSON.parse(text) as JsonValue);
  } catch {
    throw notPlain;
  }
}

function inputsAt(cursor: JsonCursor): Tensor[] {
  const inputs: Tensor[] = [];
  const names = new Set<string>();
  for (let more = cursor.enterList(); more; more = cursor.moreItems()) {
    const input = inputAt(cursor);
    if (names.has(input.name)) throw notPlain;
    names.add(input.name);
    inputs.push(input);
  }
  return inputs;
}

/** The members of an input, as far as they have been read. */
interface InputMembers {
  name: string | undefined;
  datatype: Datatype | undefined;
  shape: number[] | undefined;
  data: Uint8Array | undefined;
  /** Where the data begins and ends that came before what it takes to read it; 0 for none. */
  dataFrom: number;
  dataTo: number;
}

function inputAt(cursor: JsonCursor): Tensor {
  const members: InputMembers = {
    name: undefined,
    datatype: undefined,
    shape: undefined,
    data: undefined,
    dataFrom: 0,
    dataTo: 0,
  };
  let more = cursor.enterObject();
  for (; more; more = cursor.moreMembers()) readInputMember(cursor, members);
  const { name, datatype, shape } = members;
  if (name === undefined || datatype === undefined || shape === undefined) throw notPlain;
  return { name, datatype, shape, data: members.data ?? lateData(cursor, members) };
}

function readInputMember(cursor: JsonCursor, members: InputMembers): void {
  const key = cursor.key();
  if (key === 'name' && members.name === undefined) {
    members.name = cursor.word();
  } else if (key === 'shape' && members.shape === undefined) {
    members.shape = shapeAt(cursor);
  } else if (key === 'datatype' && members.datatype === undefined) {
    members.datatype = datatypeAt(cursor);
  } else if (key === 'data' && members.data === undefined && members.dataFrom === 0) {
    readInputData(cursor, members);
  } else throw notPlain;
}

function readInputData(cursor: JsonCursor, members: InputMembers): void {
  const { datatype, shape } = members;
  if (datatype !== undefined && shape !== undefined) {
    members.data = dataAt(cursor, datatype, shape);
    return;
  }
  members.dataFrom = cursor.at;
  cursor.passNested();
  members.dataTo = cursor.at;
}

/** Goes back to the data and, once it is read, to where it was. */
function lateData(cursor: JsonCursor, members: InputMembers): Uint8Array {
  const { datatype, shape, dataFrom, dataTo } = members;
  if (datatype === undefined || shape === undefined || dataFrom === 0) throw notPlain;
  const { at } = cursor;
  cursor.at = dataFrom;
  const data = dataAt(cursor, datatype, shape);
  if (cursor.at !== dataTo) throw notPlain;
  cursor.at = at;
  return data;
}

function dataAt(cursor: JsonCursor, datatype: Datatype, shape: readonly number[]): Uint8Array {
  const count = elementCount(shape);
  if (Number.isNaN(count)) throw notPlain;
  return readTensorData(cursor, datatype, count);
}

function datatypeAt(cursor: JsonCursor): Datatype {
  const word = cursor.word();
  if (!isDatatype(word)) throw notPlain;
  return word;
}

function shapeAt(cursor: JsonCursor): number[] {
  const shape: number[] = [];
  for (let more = cursor.enterList(); more; more = cursor.moreItems()) {
    cursor.peek();
    cursor.at = readInteger(cursor.bytes, cursor.at);
    // As V8 keeps small integers; a double among them would be one wherever the dim is noted.
    const dim = lastRead() | 0;
    if (dim < 0 || dim !== lastRead()) throw notPlain;
    shape.push(dim);
  }
  return shape;
}
