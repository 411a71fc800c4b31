import { acceptedType } from '../../content/accept';
import { contentAnswer, contentCodec, contentTypes } from '../../content/codecs';
import { mediaType } from '../../content/media-type';
import type { Exchange } from '../../exchange';
import type { InferResponse } from '../../infer';
import { jsonLengthHeader } from './framing';
import type { InferCall } from './infer-call';
import { inferReply, type InferReply } from './infer-reply';

const json = 'application/json';
/** With it comes what the protocol's own header describes, and it is not said to be what it is. */
const binary = 'application/octet-stream';

/** Types of bodies, besides pictures, that are taken for what they say: calls of the protocol never have them. */
export const namedTypes: readonly string[] = contentTypes.filter((type) => type !== binary);

/**
 * The content type of a body that is no call of the protocol; undefined for all others, whatever
 * they say, as in Triton.
 */
export function contentOf(exchange: Exchange): string | undefined {
  const header = exchange.header('content-type');
  if (header === undefined || header === json || header === binary) return undefined;
  const { type } = mediaType(header);
  if (!type.startsWith('image/') && (type === binary || contentCodec(type) === undefined)) {
    return undefined;
  }
  return exchange.header(jsonLengthHeader) === undefined ? header : undefined;
}

/**
 * The type of the answer. Who sends a content type may ask for any, or is refused: not_acceptable.
 * To a call of the protocol, Accept means something only where it names another type and nothing is
 * wanted in binary or in shared memory.
 */
export function answerType(exchange: Exchange, call: InferCall): string {
  const accept = exchange.header('accept');
  if (accept === undefined || accept === '*/*' || accept === json) return json;
  if (contentOf(exchange) !== undefined) return acceptedType(accept, [json, ...contentTypes]);
  if (!isPlain(call)) return json;
  try {
    return acceptedType(accept, [json, ...namedTypes]);
  } catch {
    return json;
  }
}

function isPlain({ binaryDefault, outputsBinary, outputParts }: InferCall): boolean {
  return !binaryDefault && !outputsBinary.includes(true) && outputParts.every(isNowhere);
}

function isNowhere(part: unknown): boolean {
  return part === undefined;
}

/** The answer as that type. Throws unrepresentable_output. */
export function replyAs(type: string, call: InferCall, response: InferResponse): InferReply {
  if (type === json) return inferReply(call, response);
  const { body, headers } = contentAnswer(type, response.outputs);
  return {
    headers: {
      'content-type': type,
      ...headers,
      'shoal-modelhost': response.host,
      'shoal-batch-rows': String(response.batchRows),
    },
    body,
  };
}
