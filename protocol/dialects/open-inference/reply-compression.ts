import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import type { ReplyBody } from '../../exchange';
import type { InferReply } from './infer-reply';

type Coding = 'identity' | 'gzip' | 'deflate';

const packers = { gzip: promisify(gzip), deflate: promisify(deflate) };

/**
 * The coding that an Accept-Encoding wants most among identity, gzip and deflate (with the zlib
 * wrapper); the first of equals. Identity where it names none of them.
 */
export function acceptedCoding(header: string): Coding {
  let best: Coding = 'identity';
  let bestWeight = 0;
  for (const item of header.split(',')) {
    const [name = '', ...parameters] = item.split(';');
    const coding = name.trim().toLowerCase();
    if (coding !== 'identity' && coding !== 'gzip' && coding !== 'deflate') continue;
    const weight = weightOf(parameters);
    if (weight > bestWeight) [best, bestWeight] = [coding, weight];
  }
  return best;
}

/** The quality value, 1 where there is none and 0 where it is none. */
function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim().toLowerCase() !== 'q') continue;
    const weight = Number(value.trim());
    return weight >= 0 && weight <= 1 ? weight : 0;
  }
  return 1;
}

/** The reply packed, off the main thread; the length of its JSON stays that of the unpacked one. */
export async function compressed(
  reply: InferReply,
  coding: 'gzip' | 'deflate',
): Promise<InferReply> {
  const body = await packers[coding](oneBuffer(reply.body));
  return { headers: { ...reply.headers, 'content-encoding': coding }, body };
}

function oneBuffer(body: ReplyBody): Buffer | string {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : Buffer.concat(body);
}
