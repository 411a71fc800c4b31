import type { Batcher } from './batcher';

/** True while more requests wait of some version than leave with its next batch, without copies. */
export function isBusy(batcher: Pick<Batcher, 'waiting'>): boolean {
  return batcher.waiting().some(({ servable: { batching }, rows, copyRows }) => {
    return rows - copyRows > (batching.allowed ? batching.maxRows : 1);
  });
}
