import { byteSize } from '../../protocol/tensor';
import { settle, type Entry } from './entry';

/**
 * The entries, those that lie in shared memory with their data, as what is joined or filled up is
 * joined here. One whose data cannot be read is answered, and left out.
 */
export function withData(entries: readonly Entry[]): readonly Entry[] {
  return entries.some(liesElsewhere) ? entries.filter(readable) : entries;
}

function liesElsewhere({ request }: Entry): boolean {
  for (const { shared } of request.inputs) if (shared !== undefined) return true;
  return false;
}

function readable(entry: Entry): boolean {
  try {
    return entry.request.inputs.every((input) => input.data.byteLength === byteSize(input));
  } catch (error) {
    settle(entry, error);
    return false;
  }
}
