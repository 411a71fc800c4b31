import type { RegionPart } from '../../control/shared-memory';
import type { InferResponse } from '../../infer';
import type { Tensor } from '../../tensor';
import { WireWriter, type OutgoingMessage } from '../wire/wire-writer';

export interface ResponseTerms {
  /** The caller's own id; '' for none. */
  readonly id: string;
  /** Says in a parameter that no further answer to the request comes. */
  readonly final: boolean;
  /** Names of the outputs that were asked for. */
  readonly names?: readonly string[];
  /** Where in shared memory each of these was written; empty where none was. */
  readonly parts?: readonly (RegionPart | undefined)[];
}

/** A ModelInferResponse: always an entry of raw_output_contents for each output. */
export function writeResponse(terms: ResponseTerms, response: InferResponse): OutgoingMessage {
  const writer = new WireWriter(roomFor(response.outputs));
  writeFields(writer, terms, response);
  return writer.finish();
}

/** A ModelStreamInferResponse with it. */
export function writeStreamResponse(
  terms: ResponseTerms,
  response: InferResponse,
): OutgoingMessage {
  const inner = new WireWriter(roomFor(response.outputs), 0);
  writeFields(inner, terms, response);
  return wrapped('', inner.finish());
}

/** A ModelStreamInferResponse that says why a request failed. */
export function writeStreamError(
  message: string,
  { id, model }: { readonly id: string; readonly model: string },
): OutgoingMessage {
  const inner = new WireWriter(0, 0);
  inner.text(1, model);
  inner.text(3, id);
  return wrapped(message, inner.finish());
}

function wrapped(message: string, response: OutgoingMessage): OutgoingMessage {
  const writer = new WireWriter();
  writer.text(1, message);
  writer.pieces(2, response);
  return writer.finish();
}

function roomFor(outputs: readonly Tensor[]): number {
  let room = 256;
  for (const { data } of outputs) room += 64 + Math.min(data.byteLength, 16 * 1024);
  return room;
}

function writeFields(
  writer: WireWriter,
  { id, final, names = [], parts = [] }: ResponseTerms,
  response: InferResponse,
): void {
  writer.text(1, response.model);
  writer.text(2, response.version);
  writer.text(3, id);
  if (final) writer.bytes(4, finalResponse);
  if (response.fromCache === true) writer.bytes(4, textParameter('shoal_cache', 'hit'));
  if (response.defaultFor !== undefined) {
    writer.bytes(4, textParameter('shoal_default_answer', response.defaultFor));
  }
  for (const output of response.outputs) writer.bytes(5, described(output));
  for (const { name, data } of response.outputs) {
    const isWritten = parts.length > 0 && parts[names.indexOf(name)] !== undefined;
    writer.bytes(6, isWritten ? nothing : data);
  }
}

const nothing = new Uint8Array(0);

/** The entry `triton_final_response: true` of the parameters. */
const finalResponse = parameter('triton_final_response', Buffer.from([1 << 3, 1]));

function textParameter(key: string, value: string): Buffer {
  const choice = new WireWriter(0, 0);
  choice.text(3, value);
  return parameter(key, choice.whole());
}

function parameter(key: string, choice: Buffer): Buffer {
  const entry = new WireWriter(0, 0);
  entry.text(1, key);
  entry.bytes(2, choice);
  return entry.whole();
}

/** What is said of an output does not change from answer to answer, or seldom. */
const descriptions = new Map<string, Buffer>();
const keptDescriptions = 1000;

function described({ name, datatype, shape }: Tensor): Buffer {
  const key = `${datatype} ${shape.join()} ${name}`;
  const known = descriptions.get(key);
  if (known !== undefined) return known;
  const writer = new WireWriter(0, 0);
  writer.text(1, name);
  writer.text(2, datatype);
  writer.numbers(3, shape);
  const made = writer.whole();
  if (descriptions.size >= keptDescriptions) descriptions.clear();
  descriptions.set(key, made);
  return made;
}
