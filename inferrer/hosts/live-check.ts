/** Whether a host answers over HTTP; must settle within a second or two and not reject. */
export type AskLive = () => Promise<boolean>;

/** So many questions in a row without an answer say that a host cannot be reached. */
const silencesToDoubt = 2;

/**
 * Whether a host can be reached at all. A host answers that it lives whatever its models do; one
 * that does not is asked on until it does.
 */
export class LiveCheck {
  readonly #ask: AskLive;
  readonly #onChange: () => void;
  #silences = 0;
  #asking = false;

  /** @param onChange called when `reachable` has changed */
  constructor(ask: AskLive, onChange: () => void) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  get reachable(): boolean {
    return this.#silences < silencesToDoubt;
  }

  /** To be called now and then; asks only where there is `doubt`, or until the host answers again. */
  check(doubt: boolean): void {
    if (this.#asking || (this.#silences === 0 && !doubt)) return;
    this.#asking = true;
    void this.#ask().then((answers) => {
      this.#asking = false;
      const before = this.reachable;
      this.#silences = answers ? 0 : this.#silences + 1;
      if (this.reachable !== before) this.#onChange();
    });
  }
}
