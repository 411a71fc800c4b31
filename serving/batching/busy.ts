import type { Batcher } from './batcher';

/** True while more waits of some version than leaves with its next batch. */
export function isBusy(batcher: Pick<Batcher, 'waiting'>): boolean {
  return batcher
    .waiting()
    .some(({ servable: { batching }, rows }) => rows > (batching.allowed ? batching.maxRows : 1));
}
