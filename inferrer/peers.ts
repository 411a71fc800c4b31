import { asShoalError, type ErrorCode } from '../core/errors';
import type { Logger } from '../core/logging';
import { ledgerJson, ledgerOf } from '../protocol/cluster/counter-ledger';
import type { Wanted } from '../serving/statistics/counters';
import type { Ledger } from '../serving/statistics/ledger';
import type { CallHost } from './models/host-calls';

/** An inferrer that no host has named for this long is asked no more. */
const forgetMs = 15_000;
const mostPeers = 32;
/** What is heard of one that has gone or hangs. */
const usual: readonly ErrorCode[] = ['host_lost', 'deadline_exceeded'];
/** Whoever asks for statistics does not wait longer for one that hangs. */
const answerTimeoutMs = 1_000;
/** Who wants more versions asks for all: names are long, and a request's head is not. */
const mostNamed = 32;

export interface PeersOptions {
  readonly call: CallHost;
  /** Names this life of this inferrer. */
  readonly life: string;
  readonly now: () => number;
  readonly logger: Logger;
}

/** The inferrers of the cluster, this one among them: hosts tell each of all that they know. */
export class Peers {
  readonly #options: PeersOptions;
  /** Address -> when a host has named it last. */
  readonly #heard = new Map<string, number>();
  /** The addresses under which this inferrer itself answers. */
  readonly #own = new Set<string>();
  /** Those that the log was told of, until they answer. */
  readonly #unread = new Set<string>();

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** A host tells its heartbeats to the inferrers at these addresses. */
  hear(urls: readonly string[]): void {
    const now = this.#options.now();
    for (const url of urls) {
      if (this.#heard.size < mostPeers || this.#heard.has(url)) this.#heard.set(url, now);
    }
    for (const [url, heardAt] of this.#heard) {
      if (now - heardAt <= forgetMs) continue;
      this.#heard.delete(url);
      this.#own.delete(url);
      this.#unread.delete(url);
    }
  }

  /** The addresses of the others, and its own until that is known. */
  others(): string[] {
    return [...this.#heard.keys()].filter((url) => !this.#own.has(url));
  }

  /**
   * What the others know of some versions, or of more; those that do not answer are passed over, and
   * the log is told where that is not because they are gone.
   */
  async ledgers(wanted?: Wanted): Promise<readonly Ledger[]> {
    const path = pathFor(wanted);
    const answers = await Promise.allSettled(this.others().map((url) => this.#ask(url, path)));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  }

  async #ask(url: string, path: string): Promise<Ledger[]> {
    try {
      const ledgers = await this.#read(url, path);
      this.#unread.delete(url);
      return ledgers;
    } catch (error) {
      if (!usual.includes(asShoalError(error).code)) this.#tell(url, error);
      throw error;
    }
  }

  /** Once, and again when it has answered since. */
  #tell(url: string, error: unknown): void {
    if (this.#unread.has(url)) return;
    this.#unread.add(url);
    const what = 'statistics are without those of another inferrer, whose answer cannot be read';
    this.#options.logger.warn({ err: error, url }, what);
  }

  async #read(url: string, path: string): Promise<Ledger[]> {
    const { status, body } = await this.#options.call(url, {
      method: 'GET',
      path,
      requestId: '',
      timeoutMs: answerTimeoutMs,
    });
    if (status !== 200) return [];
    const { life, lives } = body as Partial<StatisticsBody>;
    if (life === this.#options.life) {
      this.#own.add(url);
      return [];
    }
    return [ledgerOf(lives)];
  }
}

/** An inferrer of an earlier build answers with everything all the same. */
function pathFor(wanted: Wanted): string {
  const path = '/cluster/statistics';
  if (wanted === undefined || wanted.size === 0 || wanted.size > mostNamed) return path;
  return `${path}?${[...wanted].map((key) => `version=${encodeURIComponent(key)}`).join('&')}`;
}

interface StatisticsBody {
  readonly life: string;
  readonly lives: ReturnType<typeof ledgerJson>;
}

/** The answer of `GET /cluster/statistics`. */
export function statisticsBody(life: string, ledger: Ledger): StatisticsBody {
  return { life, lives: ledgerJson(ledger) };
}
