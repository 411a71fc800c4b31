import type { Logger } from '../../core/logging';

interface Wait {
  readonly words: string;
  /** What stays the same while numbers in the words change. */
  readonly about: string;
}

/** What canaries wait for, by model, in words. The log has each once, when it is another. */
export class CanaryWaits {
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  readonly #waits = new Map<string, Wait>();

  constructor(logger: Pick<Logger, 'info' | 'warn'>) {
    this.#logger = logger;
  }

  of(model: string): string | undefined {
    return this.#waits.get(model)?.words;
  }

  /** `level` is `warn` where something has failed; what is about the same is not told again. */
  note(model: string, words: string, level: 'info' | 'warn', about = words): void {
    const known = this.#waits.get(model);
    this.#waits.set(model, { words, about });
    if (known?.about === about) return;
    this.#logger[level]({ model, reason: words }, 'a canary waits');
  }

  forget(model: string): void {
    this.#waits.delete(model);
  }

  forgetAllBut(models: ReadonlyMap<string, unknown>): void {
    for (const model of this.#waits.keys()) if (!models.has(model)) this.#waits.delete(model);
  }
}
