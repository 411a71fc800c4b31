import { asShoalError, ShoalError } from '../../core/errors';
import type { Refusal } from '../../protocol/link/batch';
import { encodeFailed, encodeRefused, encodeReply } from '../../protocol/link/frames';
import type { ReceivedBatch } from '../../protocol/link/frames';
import type { Tensor } from '../../protocol/tensor';
import type { CurrentMark } from './current-mark';
import type { Job, Servables } from './servables';
import { Turns } from './turns';

/** Whoever sent a batch and waits for its answer. */
export interface Caller {
  answer(frame: readonly Uint8Array[]): void;
  /** The batch's inputs with all their data, until the next call of anybody's `inputs`. */
  inputs(batch: ReceivedBatch): readonly Tensor[];
}

interface Waiting {
  readonly caller: Caller;
  readonly id: number;
  readonly batch: ReceivedBatch;
  readonly job: Job;
  readonly bytes: number;
  /** Clock of performance.now(). */
  readonly arrived: number;
}

/**
 * Runs batches one after the other, callers in turn. Between two runs the event loop goes round
 * once (the runtime's binding computes in a setImmediate), so that sockets and control messages
 * are served however long the queue is.
 */
export class RunQueue {
  readonly #servables: Servables;
  readonly #mark: CurrentMark;
  readonly #maxQueuedBytes: number;
  readonly #turns = new Turns<Caller, Waiting>();
  #running = false;
  #draining = false;
  #queuedBytes = 0;
  #idle: (() => void) | undefined;

  constructor(servables: Servables, mark: CurrentMark, maxQueuedBytes: number) {
    this.#servables = servables;
    this.#mark = mark;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  get idle(): boolean {
    return !this.#running && this.#turns.size === 0;
  }

  submit(caller: Caller, id: number, batch: ReceivedBatch, bytes: number): void {
    const job = this.#admit(batch, bytes);
    if (typeof job === 'string') {
      caller.answer(encodeRefused(id, job));
      return;
    }
    this.#queuedBytes += bytes;
    this.#turns.add(caller, { caller, id, batch, job, bytes, arrived: performance.now() });
    this.#next();
  }

  /** Forgets what a caller that has gone still wanted. */
  drop(caller: Caller): void {
    for (const waiting of this.#turns.drop(caller)) this.#release(waiting);
  }

  /** Refuses what is new; resolves when what was there has been answered. */
  drain(): Promise<void> {
    this.#draining = true;
    if (this.idle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  #admit(batch: ReceivedBatch, bytes: number): Job | Refusal {
    if (this.#draining) return 'draining';
    const full = this.#turns.size > 0 && this.#queuedBytes + bytes > this.#maxQueuedBytes;
    if (full) return 'overloaded';
    return this.#servables.begin(batch.model, batch.version, batch.generation);
  }

  #next(): void {
    while (!this.#running) {
      const waiting = this.#turns.next();
      if (waiting === undefined) {
        this.#idle?.();
        return;
      }
      const answer = this.#answerWithoutRun(waiting);
      if (answer === undefined) this.#run(waiting);
      else this.#finish(waiting, answer);
    }
  }

  #answerWithoutRun({ id, batch, arrived }: Waiting): Uint8Array[] | undefined {
    if (!this.#servables.fresh(batch.model, batch.generation)) {
      return encodeRefused(id, 'stale_generation');
    }
    const waitedMs = performance.now() - arrived;
    const timeLeftMs = batch.segments.reduce((most, s) => Math.max(most, s.timeLeftMs), 0);
    if (waitedMs < timeLeftMs) return undefined;
    return encodeFailed(
      id,
      new ShoalError('deadline_exceeded', 'The deadline passed before the model was free.'),
    );
  }

  #run(waiting: Waiting): void {
    const { id, batch, job, arrived } = waiting;
    const started = performance.now();
    const wanted = batch.outputs.length > 0 ? batch.outputs : job.loaded.outputs;
    this.#running = true;
    this.#mark.set(job.loaded.mark);
    compute(waiting, wanted).then(
      (outputs) => {
        const queueUs = (started - arrived) * 1000;
        const runUs = (performance.now() - started) * 1000;
        this.#ran(waiting, this.#replyTo(waiting, { outputs, queueUs, runUs }));
      },
      (error: unknown) => {
        this.#ran(waiting, encodeFailed(id, asShoalError(error)));
      },
    );
  }

  /** The generation may have been raised while the batch was on its way into the runtime. */
  #replyTo(
    { id, batch }: Waiting,
    reply: { outputs: readonly Tensor[]; queueUs: number; runUs: number },
  ): Uint8Array[] {
    return this.#servables.fresh(batch.model, batch.generation)
      ? encodeReply(id, reply)
      : encodeRefused(id, 'stale_generation');
  }

  #ran(waiting: Waiting, answer: Uint8Array[]): void {
    this.#running = false;
    this.#finish(waiting, answer);
    this.#next();
  }

  #finish(waiting: Waiting, answer: Uint8Array[]): void {
    waiting.caller.answer(answer);
    this.#release(waiting);
  }

  #release(waiting: Waiting): void {
    this.#queuedBytes -= waiting.bytes;
    waiting.job.end();
  }
}

async function compute(
  { caller, batch, job }: Waiting,
  outputs: readonly string[],
): Promise<Tensor[]> {
  return await job.loaded.session.run(caller.inputs(batch), outputs);
}
