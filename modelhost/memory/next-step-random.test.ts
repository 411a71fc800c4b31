import { candidate } from '../../tests/support/candidates';
import { createDice } from '../../tests/support/faults/dice';
import { nextStep, type Room, type Candidate, type Step } from './next-step';

/** A host in which loads, unloads and requests take random times. */
class World {
  readonly candidates: Mutable[];
  readonly #budgetBytes: number;
  readonly #dice: () => number;
  readonly #ends = new Map<string, number>();
  now = 1;
  served = 0;
  evictions = 0;
  longestWaitMs = 0;

  constructor(dice: () => number, models: number, budgetBytes: number) {
    this.#dice = dice;
    this.#budgetBytes = budgetBytes;
    this.candidates = Array.from({ length: models }, (_, at) => {
      const bytes = 1 + Math.floor(dice() * 20);
      const loadBytes = bytes + Math.floor(dice() * bytes);
      const pinned = at < 2;
      return { ...candidate(`m${at}`, { state: 'away', bytes, loadBytes, pinned }), asks: 0 };
    });
  }

  get takenBytes(): number {
    const taken = { ready: 'bytes', leaving: 'bytes', loading: 'loadBytes' } as const;
    return this.candidates.reduce((sum, one) => {
      const what = taken[one.state as keyof typeof taken];
      return (what as string | undefined) === undefined ? sum : sum + one[what];
    }, 0);
  }

  tick(ms: number): void {
    this.now += ms;
    for (const one of this.candidates)
      if ((this.#ends.get(one.key) ?? Infinity) <= this.now) this.#end(one);
    for (const one of this.candidates) this.#work(one);
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#take(next);
  }

  ask(one: Mutable): void {
    one.asks += 1;
    if (one.state !== 'ready') one.askedAt ??= this.now;
  }

  #next(): Step | undefined {
    const room: Room = {
      budgetBytes: this.#budgetBytes,
      usedBytes: this.takenBytes - this.#loading(),
      runnersBytes: 0,
    };
    return nextStep(this.candidates, room, this.now);
  }

  #loading(): number {
    return this.candidates.reduce(
      (sum, one) => sum + (one.state === 'loading' ? one.loadBytes : 0),
      0,
    );
  }

  #take(next: Step): void {
    const one = this.candidates.find(({ key }) => key === next.key)!;
    if (next.kind === 'refuse') throw new Error(`${next.key} is refused`);
    if (next.kind === 'evict') {
      expect({ leases: one.leases, pinned: one.pinned, asked: one.askedAt }).toEqual({
        leases: 0,
        pinned: false,
        asked: null,
      });
      this.evictions += 1;
      one.unasked = 'all';
    }
    one.state = next.kind === 'admit' ? 'loading' : 'leaving';
    this.#ends.set(one.key, this.now + this.#dice() * 300);
  }

  #end(one: Mutable): void {
    this.#ends.delete(one.key);
    if (one.state === 'loading') {
      Object.assign(one, { state: 'ready', answered: false, usedAt: this.now, readyAt: this.now });
      if (one.askedAt !== null)
        this.longestWaitMs = Math.max(this.longestWaitMs, this.now - one.askedAt);
      one.askedAt = null;
    } else if (one.state === 'leaving') {
      one.state = 'away';
      if (one.asks > 0) one.askedAt ??= this.now;
    } else {
      one.leases = 0;
      one.answered = true;
      this.served += one.asks;
      one.asks = 0;
    }
  }

  #work(one: Mutable): void {
    if (one.state !== 'ready' || one.asks === 0 || one.leases > 0) return;
    one.leases = one.asks;
    one.usedAt = this.now;
    this.#ends.set(one.key, this.now + this.#dice() * 100);
  }
}

type Mutable = { -readonly [Field in keyof Candidate]: Candidate[Field] } & { asks: number };

describe('thousands of random steps', () => {
  test.each([1, 2, 3, 4, 5])('stay within the budget and serve everybody (seed %d)', (seed) => {
    const dice = createDice(seed);
    const world = new World(dice, 60, 150);
    let asks = 0;
    for (let at = 0; at < 5000; at += 1) {
      if (dice() < 0.5) {
        asks += 1;
        world.ask(world.candidates[Math.floor(dice() ** 2 * world.candidates.length)]!);
      }
      world.tick(1 + dice() * 40);
      expect(world.takenBytes).toBeLessThanOrEqual(150);
    }
    for (let at = 0; at < 5000 && world.served < asks; at += 1) world.tick(50);
    expect(world.served).toBe(asks);
    expect(world.evictions).toBeGreaterThan(100);
    expect(world.longestWaitMs).toBeLessThan(60_000);
    expect(world.candidates.filter(({ pinned }) => pinned).map(({ state }) => state)).toEqual([
      'ready',
      'ready',
    ]);
  });
});
