import { WireReader } from '../wire/wire-reader';
import { noParameters, readParameterEntry, type ReadParameters } from './parameters';

/** A ModelInferRequest by its parts, which lie where they came; nothing is checked yet. */
export interface ScannedRequest {
  model: string;
  version: string;
  id: string;
  parameters: ReadParameters | undefined;
  readonly inputs: ScannedInput[];
  readonly outputs: ScannedOutput[];
  readonly raw: Buffer[];
}

export interface ScannedInput {
  name: string;
  datatype: string;
  readonly shape: bigint[];
  parameters: ReadParameters | undefined;
  /** InferTensorContents, in parts. */
  readonly contents: WireReader[];
}

export interface ScannedOutput {
  name: string;
  parameters: ReadParameters | undefined;
}

/** How a message is called in errors. */
const what = 'The ModelInferRequest';

/** Reads a ModelInferRequest. Throws malformed_body. */
export function scanRequest(message: Buffer, start = 0, end = message.length): ScannedRequest {
  const reader = new WireReader(message, what, start, end);
  const scanned: ScannedRequest = {
    model: '',
    version: '',
    id: '',
    parameters: undefined,
    inputs: [],
    outputs: [],
    raw: [],
  };
  while (reader.next()) takeField(reader, scanned);
  return scanned;
}

function takeField(reader: WireReader, scanned: ScannedRequest): void {
  switch (reader.field) {
    case 1:
      scanned.model = reader.text();
      return;
    case 2:
      scanned.version = reader.text();
      return;
    case 3:
      scanned.id = reader.text();
      return;
    case 4:
      readParameterEntry(reader, (scanned.parameters ??= noParameters()));
      return;
    case 5:
      scanned.inputs.push(scanInput(reader.message(what)));
      return;
    case 6:
      scanned.outputs.push(scanOutput(reader.message(what)));
      return;
    case 7:
      scanned.raw.push(reader.view());
      return;
    default:
      reader.skip();
  }
}

function scanInput(reader: WireReader): ScannedInput {
  const input: ScannedInput = {
    name: '',
    datatype: '',
    shape: [],
    parameters: undefined,
    contents: [],
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        input.name = reader.text();
        break;
      case 2:
        input.datatype = reader.text();
        break;
      case 3:
        readDims(reader, input.shape);
        break;
      case 4:
        readParameterEntry(reader, (input.parameters ??= noParameters()));
        break;
      case 5:
        input.contents.push(reader.message(what));
        break;
      default:
        reader.skip();
    }
  }
  return input;
}

/** Packed, or one by one. */
function readDims(reader: WireReader, shape: bigint[]): void {
  if (reader.wire === 0) {
    shape.push(BigInt.asIntN(64, reader.integer()));
    return;
  }
  const packed = reader.message(what);
  while (packed.at < packed.end) shape.push(BigInt.asIntN(64, packed.varint()));
}

function scanOutput(reader: WireReader): ScannedOutput {
  const output: ScannedOutput = { name: '', parameters: undefined };
  while (reader.next()) {
    if (reader.field === 1) output.name = reader.text();
    else if (reader.field === 2) {
      readParameterEntry(reader, (output.parameters ??= noParameters()));
    } else reader.skip();
  }
  return output;
}
