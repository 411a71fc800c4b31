import { ShoalError } from '../../core/errors';
import { tooManyBodies, type BodyAllowance } from '../http/body-allowance';
import type { BodyMemory } from '../http/body-memory';

/** What a body needs of its stream. */
export interface BodyOwner {
  readonly allowance: BodyAllowance;
  readonly memory: BodyMemory;
  /** Milliseconds, exact to a look of the timer. */
  readonly now: number;
  /** How long a body that begins so will be, if that can be told. */
  expectedBytes(start: Buffer): number | undefined;
  /** So many bytes have been taken off the connection; of the stream, too, if more of it is wanted. */
  consumed(bytes: number, wanted: boolean): void;
}

/**
 * What is done with what comes: it waits for the handler up to the window; is gathered; is taken in
 * parts; or is dropped.
 */
type Mode = 'waits' | 'gathered' | 'parts' | 'dropped' | 'taken';

interface Waiter {
  resolve(): void;
}

const none: Buffer = Buffer.alloc(0);

/** Less is not worth a second thought; of more only so many times what has come is made ready. */
const leastBytes = 16 * 1024;
const announcedTimes = 4;

/** The body of one request, as it comes. */
export class RequestBody {
  ended = false;
  readonly #owner: BodyOwner;
  /** What content-length says; -1 if it is not there. */
  readonly #declared: number;
  #received = 0;
  #lost = false;
  #mode: Mode = 'waits';
  #failure: ShoalError | undefined;
  #memory = none;
  #size = 0;
  #held = 0;
  #unconsumed = 0;
  /** Of the frame that is being read. */
  #left = 0;
  #last = false;
  #maxBytes = Infinity;
  /** When it began to be wanted. */
  #since = 0;
  #waiter: Waiter | undefined;

  constructor(owner: BodyOwner, declared: number) {
    this.#owner = owner;
    this.#declared = declared;
  }

  /** A frame begins, of so many bytes; the last one there is, or not. */
  begin(frameBytes: number, last: boolean): void {
    this.#left = frameBytes;
    this.#last = last;
  }

  /** Takes a copy of what lies from `start` to `end`. */
  add(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    this.#received += size;
    if (this.#lost || this.#mode === 'dropped' || !this.#ready(bytes, start, end)) {
      this.#owner.consumed(size, false);
      return;
    }
    bytes.copy(this.#memory, this.#size, start, end);
    this.#size += size;
    this.#left -= size;
    if (this.#mode === 'gathered') this.#owner.consumed(size, !this.#last);
    else this.#unconsumed += size;
    if (this.#mode === 'parts') this.#wake();
  }

  /** All of it has come; false, and it has not ended, if that is not what was declared. */
  end(): boolean {
    if (this.#declared !== -1 && this.#declared !== this.#received) return false;
    this.ended = true;
    this.#wake();
    return true;
  }

  /** Nothing more will come. */
  lose(): void {
    this.#lost = true;
    this.#wake();
  }

  /** The stream has ended: what it has taken of the windows and the allowance is free again. */
  close(): void {
    if (!this.ended) this.lose();
    this.#consume(false);
    this.#release(this.#held);
  }

  bytes(): Buffer | undefined {
    if (!this.ended || this.#failure !== undefined || this.#mode !== 'waits') return undefined;
    return this.#take();
  }

  async whole(maxBytes: number): Promise<Buffer> {
    this.#beginAs('gathered');
    this.#maxBytes = maxBytes;
    const expected = this.#expected(none) ?? 0;
    if (Math.max(expected, this.#size) > maxBytes) this.#refuse(tooLarge(maxBytes));
    this.#consume(true);
    while (!this.ended && !this.#lost && this.#failure === undefined) await this.#wait();
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.ended) throw gone();
    return this.#take();
  }

  async *parts(): AsyncGenerator<Buffer, void, undefined> {
    this.#beginAs('parts');
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#size > 0) yield this.#part();
      else if (this.ended) return;
      else if (this.#lost) throw gone();
      else await this.#wait();
    }
  }

  /** Its memory may be used again. */
  done(): void {
    const memory = this.#memory;
    this.#memory = none;
    this.#size = 0;
    this.#owner.memory.giveBack(memory);
  }

  /** Ends the wait for a body that does not arrive. */
  check(timeoutMs: number): void {
    if (this.#mode !== 'gathered' || this.ended || this.#owner.now - this.#since < timeoutMs)
      return;
    this.#refuse(new ShoalError('body_timeout', `The body did not arrive within ${timeoutMs} ms.`));
  }

  #beginAs(mode: Mode): void {
    if (this.#mode === 'dropped' && this.#failure !== undefined) return;
    if (this.#mode !== 'waits') throw new Error(`the body is already ${this.#mode}`);
    this.#mode = mode;
    this.#since = this.#owner.now;
  }

  #take(): Buffer {
    this.#mode = 'taken';
    this.#consume(false);
    return this.#size === this.#memory.length ? this.#memory : this.#memory.subarray(0, this.#size);
  }

  #part(): Buffer {
    const part = this.#memory.subarray(0, this.#size);
    this.#memory = none;
    this.#size = 0;
    this.#release(this.#held);
    this.#consume(!this.ended);
    return part;
  }

  /** Has room for the frame that is being read; false if it is dropped from now on. */
  #ready(bytes: Buffer, start: number, end: number): boolean {
    const needed = this.#size + this.#left;
    if (needed <= this.#memory.length) return true;
    if (needed > this.#maxBytes) return this.#refuse(tooLarge(this.#maxBytes));
    const asked = !this.#last && this.#mode !== 'parts';
    const expected = asked ? this.#expected(bytes.subarray(start, end)) : undefined;
    if ((expected ?? 0) > this.#maxBytes) return this.#refuse(tooLarge(this.#maxBytes));
    const size = this.#last ? needed : this.#roomFor(needed, expected);
    const before = this.#memory;
    const heldBefore = this.#held;
    if (!this.#owner.allowance.tryHold(size)) return this.#refuse(tooManyBodies());
    this.#held = size;
    this.#owner.allowance.release(heldBefore);
    this.#memory = this.#owner.memory.take(size);
    before.copy(this.#memory, 0, 0, this.#size);
    this.#owner.memory.giveBack(before);
    return true;
  }

  /** Room for `needed` bytes and, so that it need not be moved often, for what may follow them. */
  #roomFor(needed: number, expected: number | undefined): number {
    if (expected !== undefined && expected >= needed) {
      return Math.min(expected, Math.max(leastBytes, announcedTimes * needed));
    }
    return this.#size === 0 ? needed : Math.max(leastBytes, needed, 2 * this.#memory.length);
  }

  #expected(came: Buffer): number | undefined {
    if (this.#declared !== -1) return this.#declared;
    return this.#owner.expectedBytes(
      this.#size === 0 ? came : this.#memory.subarray(0, this.#size),
    );
  }

  /** Returns false, for whoever was to take it. */
  #refuse(failure: ShoalError): false {
    this.#failure ??= failure;
    this.#mode = 'dropped';
    this.#forget();
    this.#consume(false);
    this.#wake();
    return false;
  }

  #forget(): void {
    this.#memory = none;
    this.#size = 0;
    this.#release(this.#held);
  }

  #release(bytes: number): void {
    this.#held -= bytes;
    this.#owner.allowance.release(bytes);
  }

  #consume(wanted: boolean): void {
    const bytes = this.#unconsumed;
    this.#unconsumed = 0;
    if (bytes > 0) this.#owner.consumed(bytes, wanted && !this.ended);
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiter = { resolve };
    });
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.resolve();
  }
}

function tooLarge(maxBytes: number): ShoalError {
  return new ShoalError(
    'too_large',
    `The body: wanted at most ${maxBytes} bytes, came more; send less at a time.`,
    { fields: { limit_bytes: maxBytes } },
  );
}

function gone(): ShoalError {
  return new ShoalError('client_closed', 'The caller went away before all of the body had come.');
}
