import { asShoalError, ShoalError } from '../../core/errors';
import { contentHash } from '../../protocol/content-hash';
import type { Refusal } from '../../protocol/link/batch';
import { encodeFailed, encodeRefused, encodeReply } from '../../protocol/link/frames';
import type { ReceivedBatch } from '../../protocol/link/frames';
import type { Tensor } from '../../protocol/tensor';
import type { CurrentMark } from './current-mark';
import type { MemoryWatch } from './memory-watch';
import type { Job, Servables } from './servables';
import { Turns } from './turns';

/** Whoever sent a batch and waits for its answer. */
export interface Caller {
  answer(frame: readonly Uint8Array[]): void;
  /** The batch's inputs with all their data, until the next call of anybody's `inputs`. */
  inputs(batch: ReceivedBatch): readonly Tensor[];
}

/** After a run of so many milliseconds what has come meanwhile is read before the next begins. */
const longRunMs = 5;

interface Waiting {
  readonly caller: Caller;
  readonly id: number;
  readonly batch: ReceivedBatch;
  readonly job: Job;
  readonly bytes: number;
  /** Clock of performance.now(). */
  readonly arrived: number;
}

export interface RunQueueOptions {
  readonly servables: Servables;
  readonly mark: CurrentMark;
  readonly memory: Pick<MemoryWatch, 'look' | 'tooMuch'>;
  /** Batches beyond so many waiting bytes are refused as overloaded. */
  readonly maxQueuedBytes: number;
  /** Called once, after a run that took too much memory has been answered and the rest refused. */
  readonly onOver: () => void;
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
  /** What is run between batches, such as warm-ups. */
  readonly #apart: (() => Promise<void>)[] = [];
  /** So that batches get their turn between two of those. */
  #wasApart = false;
  readonly #onOver: () => void;
  readonly #memory: RunQueueOptions['memory'];
  #running = false;
  /** A run took too much memory: its mark stays, nothing is run any more. */
  #over = false;
  #draining = false;
  #queuedBytes = 0;
  #drained: (() => void) | undefined;

  constructor({ servables, mark, memory, maxQueuedBytes, onOver }: RunQueueOptions) {
    this.#servables = servables;
    this.#mark = mark;
    this.#memory = memory;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onOver = onOver;
  }

  get idle(): boolean {
    return !this.#running && this.#turns.size === 0;
  }

  /** To be called now and then between two runs. */
  rest(): void {
    this.#memory.look();
    if (this.idle && !this.#over) this.#mark.set(0);
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

  /** Has something of the marked version run between two batches. */
  apart(mark: number, work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#apart.push(() => {
        this.#mark.set(mark);
        return work().then(resolve, reject);
      });
      this.#next();
    });
  }

  /** Answers a batch that nobody waits for any more, unless it is being run. */
  leave(caller: Caller, id: number): void {
    const waiting = this.#turns.remove(caller, (one) => one.id === id);
    if (waiting === undefined) return;
    const error = new ShoalError('client_closed', 'All callers have gone before it was run.');
    this.#finish(waiting, encodeFailed(id, error));
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
      this.#drained = resolve;
    });
  }

  #admit(batch: ReceivedBatch, bytes: number): Job | Refusal {
    if (this.#draining || this.#over) return 'draining';
    const full = this.#turns.size > 0 && this.#queuedBytes + bytes > this.#maxQueuedBytes;
    if (full) return 'overloaded';
    return this.#servables.begin(batch.model, batch.version, batch.generation);
  }

  readonly #next = (): void => {
    while (!this.#running) {
      if (this.#runApart()) return;
      const waiting = this.#turns.next();
      if (waiting === undefined) {
        this.#drained?.();
        if (this.#over) this.#onOver();
        return;
      }
      const answer = this.#answerWithoutRun(waiting);
      if (answer === undefined) this.#run(waiting);
      else this.#finish(waiting, answer);
    }
  };

  #runApart(): boolean {
    const afterBatch = !this.#wasApart || this.#turns.size === 0;
    const work = this.#over || !afterBatch ? undefined : this.#apart.shift();
    this.#wasApart = work !== undefined;
    if (work === undefined) return false;
    this.#running = true;
    void work().then(() => {
      this.#running = false;
      this.#next();
    });
    return true;
  }

  #answerWithoutRun({ id, batch, arrived }: Waiting): Uint8Array[] | undefined {
    if (this.#over) return encodeRefused(id, 'draining');
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
    this.#compute(waiting, wanted, started).then(
      (outputs) => {
        job.loaded.answered += 1;
        const queueUs = (started - arrived) * 1000;
        const runUs = (performance.now() - started) * 1000;
        this.#ran(waiting, started, this.#replyTo(waiting, { outputs, queueUs, runUs }));
      },
      (error: unknown) => {
        this.#ran(waiting, started, encodeFailed(id, asShoalError(error)));
      },
    );
  }

  async #compute(
    { caller, batch, job }: Waiting,
    outputs: readonly string[],
    now: number,
  ): Promise<Tensor[]> {
    const inputs = caller.inputs(batch);
    if (batch.losses > 0 || now < job.loaded.watchedUntil) this.#markRun(batch, job, inputs);
    const results = await job.loaded.session.run(inputs, outputs);
    if (this.#memory.tooMuch(performance.now() - now)) {
      this.#markRun(batch, job, inputs);
      this.#over = true;
    }
    return results;
  }

  /** Of several requests together nobody could say which one it was. */
  #markRun(batch: ReceivedBatch, { loaded }: Job, inputs: readonly Tensor[]): void {
    const alone = batch.segments.length === 1;
    this.#mark.setRun({
      mark: loaded.mark,
      content: alone ? contentHash(inputs) : '',
      losses: batch.losses,
      answered: loaded.answered,
    });
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

  /** The callers of what is next may have gone in a long run: their word of it is in the sockets. */
  #ran(waiting: Waiting, started: number, answer: Uint8Array[]): void {
    this.#running = false;
    this.#finish(waiting, answer);
    if (this.#over || this.#turns.size === 0 || performance.now() - started < longRunMs)
      this.#next();
    else setImmediate(this.#next);
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
