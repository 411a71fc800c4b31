import type { Logger } from '../../core/logging';

/** What canaries wait for, by model, in words. The log has each once, when it is another. */
export class CanaryWaits {
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  readonly #words = new Map<string, string>();

  constructor(logger: Pick<Logger, 'info' | 'warn'>) {
    this.#logger = logger;
  }

  of(model: string): string | undefined {
    return this.#words.get(model);
  }

  /** `level` is `warn` where something has failed. */
  note(model: string, words: string, level: 'info' | 'warn'): void {
    if (this.#words.get(model) === words) return;
    this.#words.set(model, words);
    this.#logger[level]({ model, reason: words }, 'a canary waits');
  }

  forget(model: string): void {
    this.#words.delete(model);
  }

  forgetAllBut(models: ReadonlyMap<string, unknown>): void {
    for (const model of this.#words.keys()) if (!models.has(model)) this.#words.delete(model);
  }
}
