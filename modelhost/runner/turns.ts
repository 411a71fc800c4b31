/**
 * Waiting jobs of several owners, handed out in turn: one of each owner, then again from the
 * first, so that an owner with many waiting does not keep the others from theirs.
 */
export class Turns<Owner, Job> {
  readonly #waiting = new Map<Owner, Job[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(owner: Owner, job: Job): void {
    this.#size++;
    const jobs = this.#waiting.get(owner);
    if (jobs === undefined) this.#waiting.set(owner, [job]);
    else jobs.push(job);
  }

  next(): Job | undefined {
    for (const [owner, jobs] of this.#waiting) {
      const job = jobs.shift();
      // A map keeps the order of insertion: who has had its turn goes to the end.
      this.#waiting.delete(owner);
      if (jobs.length > 0) this.#waiting.set(owner, jobs);
      if (job === undefined) continue;
      this.#size--;
      return job;
    }
    return undefined;
  }

  /** Takes out the one that an owner does not want any more; undefined where it is not there. */
  remove(owner: Owner, isIt: (job: Job) => boolean): Job | undefined {
    const jobs = this.#waiting.get(owner) ?? [];
    const at = jobs.findIndex(isIt);
    if (at < 0) return undefined;
    const [job] = jobs.splice(at, 1);
    if (jobs.length === 0) this.#waiting.delete(owner);
    this.#size--;
    return job;
  }

  /** Takes all jobs of an owner that has gone. */
  drop(owner: Owner): Job[] {
    const jobs = this.#waiting.get(owner) ?? [];
    this.#waiting.delete(owner);
    this.#size -= jobs.length;
    return jobs;
  }
}
