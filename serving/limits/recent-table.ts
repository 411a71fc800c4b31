/**
 * A table of what was asked for recently, made when it is first asked for. It never holds more
 * than `most` entries: the half of them that has not been asked for longest goes at once.
 */
export class RecentTable<Value> {
  readonly #half: number;
  readonly #make: (key: string) => Value;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(most: number, make: (key: string) => Value) {
    this.#half = most / 2;
    this.#make = make;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  of(key: string): Value {
    return this.#young.get(key) ?? this.#renewed(key);
  }

  #renewed(key: string): Value {
    const known = this.#old.get(key);
    const value = known ?? this.#make(key);
    this.#old.delete(key);
    if (this.#young.size + 1 > this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(known === undefined ? copied(key) : key, value);
    return value;
  }
}

/** A part of a longer text would keep all of that in memory. */
function copied(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
