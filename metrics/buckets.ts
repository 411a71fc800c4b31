import type { Exemplars } from './exemplars';
import { writeBound, type Sample } from './exposition';

/** Counts values by upper bounds; what a histogram is made of. */
export class Buckets {
  readonly #bounds: readonly number[];
  /** Per bucket, not cumulative; the last one is for what is above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    let count = 0;
    for (const n of this.#counts) count += n;
    return count;
  }

  /** How many there are, with the one that is for what is above all bounds. */
  get size(): number {
    return this.#counts.length;
  }

  /** Counts a value and says which bucket it is in. */
  observe(value: number): number {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
    return index;
  }

  samples(labels: Readonly<Record<string, string>>, exemplars?: Exemplars): Sample[] {
    let cumulative = 0;
    const samples: Sample[] = [];
    this.#counts.forEach((n, index) => {
      cumulative += n;
      const le = writeBound(this.#bounds[index] ?? Infinity);
      const exemplar = exemplars?.of(index);
      samples.push({ suffix: '_bucket', labels, le, value: cumulative, exemplar });
    });
    samples.push({ suffix: '_sum', labels, value: this.#sum });
    samples.push({ suffix: '_count', labels, value: cumulative });
    return samples;
  }
}
