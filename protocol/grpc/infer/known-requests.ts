import { ShoalError } from '../../../core/errors';
import type { Catalog } from '../../catalog';
import { normalData, type Tensor } from '../../tensor';
import { WireReader } from '../wire/wire-reader';
import { askedModel, readRequest, type ReadRequest } from './read-request';
import { scanRequest, type ScannedRequest } from './scan-request';

/** A ModelInferRequest with the data of its inputs, which are views of the message where it came raw. */
export interface InferMessage extends ReadRequest {
  readonly inputs: readonly Tensor[];
}

interface Known {
  readonly head: Buffer;
  readonly raws: number;
  readonly request: ReadRequest;
}

/** So many heads are kept, each at most so long. */
const places = 256;
const longest = 4096;
/** Bytes of a head that decide on its place. */
const samples = 16;

const rawField = 7;

/**
 * Reads ModelInferRequests. Callers send the same fields in front of raw_input_contents again and
 * again: what they say is kept, under all of their bytes, as long as no others take their place.
 * Throws malformed_body, invalid_name, invalid_request, unsupported; that the model is unknown counts
 * before that the rest is wrong.
 */
export function createRequestReader(catalog: Catalog): (message: Buffer) => InferMessage {
  const kept: (Known | undefined)[] = Array.from({ length: places }, () => undefined);
  return (message) => {
    const raw: Buffer[] = [];
    const headEnd = headOf(message, raw);
    if (headEnd < 0 || raw.length === 0) return understood(catalog, scanRequest(message));
    const place = placeOf(message, headEnd);
    const known = kept[place];
    if (known?.raws === raw.length && isSame(known.head, message, headEnd)) {
      return withData(known.request, raw);
    }
    const scanned = scanRequest(message, 0, headEnd);
    const request = checkedFor(catalog, scanned, () => readRequest(scanned, raw.length));
    if (headEnd <= longest) {
      kept[place] = { head: Buffer.from(message.subarray(0, headEnd)), raws: raw.length, request };
    }
    return withData(request, raw);
  };
}

function understood(catalog: Catalog, scanned: ScannedRequest): InferMessage {
  const { raw } = scanned;
  return checkedFor(catalog, scanned, () => withData(readRequest(scanned, raw.length), raw));
}

/** Where raw_input_contents begin; -1 where something else stands behind or between them. */
function headOf(message: Buffer, raw: Buffer[]): number {
  const reader = new WireReader(message, 'The ModelInferRequest');
  let headEnd = message.length;
  let start = 0;
  while (reader.next()) {
    if (reader.field === rawField) {
      if (raw.length === 0) headEnd = start;
      raw.push(reader.view());
    } else if (raw.length > 0) return -1;
    else reader.skip();
    start = reader.at;
  }
  return headEnd;
}

function withData(request: ReadRequest, raw: readonly Buffer[]): InferMessage {
  const { model, version, call, emptyFinalResponse, rawInputs } = request;
  if (rawInputs.length === 0) {
    return { model, version, call, emptyFinalResponse, rawInputs, inputs: call.inputs };
  }
  const inputs: Tensor[] = rawInputs.length === call.inputs.length ? [] : [...call.inputs];
  for (let at = 0; at < raw.length; at += 1) {
    const input = rawInputs[at] as number;
    const { name, datatype, shape } = call.inputs[input] as Tensor;
    const data = raw[at] as Buffer;
    inputs[input] = { name, datatype, shape, data: normalData(datatype, data) };
  }
  return { model, version, call, emptyFinalResponse, rawInputs, inputs };
}

function checkedFor<Result>(catalog: Catalog, scanned: ScannedRequest, read: () => Result): Result {
  const { model, version } = askedModel(scanned);
  try {
    return read();
  } catch (error) {
    throw unknownTo(catalog, model, version) ?? error;
  }
}

/** The error that says that there is no such model or version. */
function unknownTo(catalog: Catalog, model: string, version: string): ShoalError | undefined {
  try {
    catalog.resolve(model, version);
  } catch (error) {
    if (error instanceof ShoalError && /^unknown_/.test(error.code)) return error;
  }
  return undefined;
}

function isSame(head: Buffer, message: Buffer, length: number): boolean {
  return head.length === length && head.compare(message, 0, length) === 0;
}

function placeOf(message: Buffer, length: number): number {
  const step = Math.max(1, Math.floor(length / samples));
  let hash = length;
  for (let at = length - 1; at >= 0; at -= step) hash = (hash * 31 + (message[at] ?? 0)) | 0;
  return hash & (places - 1);
}
