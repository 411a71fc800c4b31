import { ledgerJson, ledgerOf } from '../protocol/cluster/counter-ledger';
import type { Ledger } from '../serving/statistics/ledger';
import type { CallHost } from './models/host-calls';

/** An inferrer that no host has named for this long is asked no more. */
const forgetMs = 15_000;
const mostPeers = 32;
/** Whoever asks for statistics does not wait longer for one that hangs. */
const answerTimeoutMs = 1_000;

export interface PeersOptions {
  readonly call: CallHost;
  /** Names this life of this inferrer. */
  readonly life: string;
  readonly now: () => number;
}

/** The inferrers of the cluster, this one among them: hosts tell each of all that they know. */
export class Peers {
  readonly #options: PeersOptions;
  /** Address -> when a host has named it last. */
  readonly #heard = new Map<string, number>();
  /** The addresses under which this inferrer itself answers. */
  readonly #own = new Set<string>();

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
    }
  }

  /** What the others know; those that do not answer are passed over. */
  async ledgers(): Promise<readonly Ledger[]> {
    const urls = [...this.#heard.keys()].filter((url) => !this.#own.has(url));
    const answers = await Promise.allSettled(urls.map((url) => this.#ask(url)));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  }

  async #ask(url: string): Promise<Ledger[]> {
    const { status, body } = await this.#options.call(url, {
      method: 'GET',
      path: '/cluster/statistics',
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

interface StatisticsBody {
  readonly life: string;
  readonly lives: ReturnType<typeof ledgerJson>;
}

/** The answer of `GET /cluster/statistics`. */
export function statisticsBody(life: string, ledger: Ledger): StatisticsBody {
  return { life, lives: ledgerJson(ledger) };
}
