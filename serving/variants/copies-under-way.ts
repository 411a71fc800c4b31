const mostOfOne = 8;
const mostOfAll = 64;

/** Counts copies, so that a version that does not answer keeps no others from theirs. */
export class CopiesUnderWay {
  readonly #byVersion = new Map<string, number>();
  #all = 0;

  isFull(model: string, version: number): boolean {
    const ofOne = this.#byVersion.get(`${model}:${version}`) ?? 0;
    return this.#all >= mostOfAll || ofOne >= mostOfOne;
  }

  count(model: string, version: number, change: 1 | -1): void {
    this.#all += change;
    const key = `${model}:${version}`;
    const now = (this.#byVersion.get(key) ?? 0) + change;
    if (now > 0) this.#byVersion.set(key, now);
    else this.#byVersion.delete(key);
  }
}
