import { ShoalError } from '../../core/errors';
import { mediaType } from './media-type';

/** One range of an Accept header. */
interface Range {
  readonly type: string;
  readonly weight: number;
}

/**
 * The type that an Accept header wants most among those offered, RFC 9110 12.5.1: the most specific
 * range that fits a type says its weight; the first of equals is taken. Throws not_acceptable.
 */
export function acceptedType(header: string | undefined, offered: readonly string[]): string {
  const [first = ''] = offered;
  if (header === undefined || header === '*/*' || header === first || header.trim() === '') {
    return first;
  }
  const ranges = header.split(',').map(rangeOf);
  let best = '';
  let bestWeight = 0;
  for (const type of offered) {
    const weight = weightOf(ranges, type);
    if (weight > bestWeight) [best, bestWeight] = [type, weight];
  }
  if (best !== '') return best;
  throw new ShoalError(
    'not_acceptable',
    `The answer can be ${offered.join(', ')}; Accept wants ${JSON.stringify(header.slice(0, 200))}.`,
  );
}

function rangeOf(text: string): Range {
  const { type, parameters } = mediaType(text);
  const weight = Number(parameters.get('q') ?? 1);
  return { type, weight: weight >= 0 && weight <= 1 ? weight : 0 };
}

function weightOf(ranges: readonly Range[], type: string): number {
  const wanted = mediaType(type).type;
  const family = `${wanted.slice(0, wanted.indexOf('/'))}/*`;
  for (const name of [wanted, family, '*/*']) {
    const range = ranges.find((each) => each.type === name);
    if (range !== undefined) return range.weight;
  }
  return 0;
}
