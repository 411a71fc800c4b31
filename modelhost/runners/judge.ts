import { ShoalError } from '../../core/errors';
import { takesTooMuch } from '../runner/takes-too-much';
import { Blame, type Verdict } from './blame';
import type { Entry } from './entry';
import { autopsy, inOneRun, overMemory, type RunnerDeath } from './runner-death';
import type { LoadOrder } from './runner-supervisor';
import type { SupervisorOptions } from './supervisor-options';

/** Judges what runners died of: tells what is to be refused, and says how versions stand. */
export class Judge {
  readonly #options: Pick<SupervisorOptions, 'blame' | 'onRefused' | 'logger'>;
  readonly #blame: Blame;

  constructor(options: Pick<SupervisorOptions, 'blame' | 'onRefused' | 'logger'>) {
    this.#options = options;
    this.#blame = new Blame(options.blame);
  }

  /** `loading`: the version was not being run. Refuses the content of the run if it is to blame. */
  judge({ key, order }: Entry, death: RunnerDeath, loading: boolean): Verdict {
    const { losses, answered } = death.at;
    const content = loading || !inOneRun(death) ? '' : death.at.content;
    const counted = { content, answered, loading, repeated: losses > 0 };
    const { verdict, refuseContent } = this.#blame.add(key, counted, performance.now());
    if (refuseContent) {
      const { model, version } = order;
      const { reason } = autopsy(death);
      this.#options.logger.error({ model, version, content, reason }, 'a request is refused');
      const leftMs = this.#options.blame.quarantineMs;
      const why = { reason, overMemory: overMemory(death) };
      this.#options.onRefused({ model, version, hash: content, ...why, leftMs });
    }
    return verdict;
  }

  verdict(key: string): Verdict {
    return this.#blame.verdict(key, performance.now());
  }

  /** For how long each run of a version is to be marked with its content. */
  watchMs(key: string): number {
    return this.verdict(key) === 'suspect' ? this.#options.blame.windowMs : 0;
  }

  /** What its callers are told while a version is in quarantine. */
  refusal({ model, version }: LoadOrder, key: string, reason: string): ShoalError {
    const retryAfter = this.#leftSeconds(key);
    return new ShoalError(
      'quarantined',
      `Version ${version} of '${model}' keeps killing its runner (${reason}) and is refused for ` +
        'a while.',
      { retryAfter },
    );
  }

  /** The same where it was never served, as there is not enough memory to load it. */
  tooLarge(order: LoadOrder, key: string): ShoalError {
    return takesTooMuch(order, { retryAfter: this.#leftSeconds(key) });
  }

  /** Another try would take as much again, and hold up the others for as long. */
  refusedLoad(order: LoadOrder, error: ShoalError): ShoalError {
    if (error.code !== 'insufficient_memory') return error;
    return takesTooMuch(order, { retryAfter: Math.ceil(this.#options.blame.quarantineMs / 1000) });
  }

  #leftSeconds(key: string): number {
    const leftMs = this.#blame.leftMs(key, performance.now());
    return Math.max(1, Math.ceil(leftMs / 1000));
  }
}
