import type { Servable } from '../../protocol/catalog';
import type { Batch, BatchReply } from '../../protocol/link/batch';
import type { Tensor } from '../../protocol/tensor';
import { Batcher, type RunBatch } from '../../serving/batching/batcher';
import { floats, floatsOf, servable, spec } from './servables';

const limits = {
  queueRows: 10_000,
  queueBytes: 2 ** 30,
  totalBytes: 2 ** 31,
  batchBytes: 2 ** 20,
};

/** Doubles every value, row by row, and records the batches that it was given. */
export class DoublingHost {
  readonly batches: Batch[] = [];
  readonly held: (() => void)[] = [];
  hold = false;

  readonly run: RunBatch = async (batch) => {
    this.batches.push(batch);
    if (this.hold) await new Promise<void>((release) => this.held.push(release));
    return this.reply(batch);
  };

  reply(batch: Batch): BatchReply {
    const [input] = batch.inputs;
    const data = Buffer.concat(input?.chunks ?? []);
    const values = floatsOf({ ...(input as unknown as Tensor), data }).map((value) => value * 2);
    return { host: 'h', outputs: [floats('y', input?.shape ?? [], values)], queueUs: 1, runUs: 2 };
  }
}

export function batcher(run: RunBatch, slots = 1, overrides: Partial<typeof limits> = {}): Batcher {
  return new Batcher({
    runBatch: run,
    slots: () => slots,
    limits: { ...limits, ...overrides },
    observer: { batchSent: () => undefined, ran: () => undefined, refused: () => undefined },
  });
}

export function doubler(batching: Partial<Servable['batching']> = {}): Servable {
  return servable([spec('x', ['n', 2])], [spec('y', ['n', 2])], batching);
}

export function rowsOf(first: number, rows: number): number[] {
  return Array.from({ length: rows * 2 }, (_, at) => first + at);
}

export async function turn(): Promise<void> {
  await new Promise(setImmediate);
}
