import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../../core/logging';
import type { Heartbeat, Member } from '../../protocol/cluster/heartbeat';
import { hostsTold } from './hosts-told';
import { NameWatch } from './name-watch';

export interface HeartbeatOptions {
  /** Base URLs of the inferrers; every address of each name is one. */
  readonly inferrerUrls: readonly string[];
  readonly secret: string;
  /** What to tell now. */
  readonly beat: () => Heartbeat;
  /** An inferrer has told which hosts there are. */
  readonly onHosts: (inferrer: string, hosts: readonly Member[]) => void;
  /** An inferrer cannot be reached, or has gone. */
  readonly onLost: (inferrer: string) => void;
  readonly logger: Logger;
}

/** Query of a heartbeat whose answer is not held: the first one, and what cannot wait. */
const atOnce = '?hold=0';
const retryMs = 250;
/** An answer is held for a second; after this the inferrer is taken for gone. */
const answerTimeoutMs = 5_000;
/** One that is not held is answered at once: a host that leaves does not wait longer for it. */
const tellTimeoutMs = 2_000;

/** One inferrer: an address of one of the URLs' names. */
interface Inferrer {
  readonly url: URL;
  readonly address: string;
  readonly stop: AbortController;
}

/** Where one inferrer can be reached, and no other of its name. */
function baseUrl({ url: { port, pathname }, address }: Inferrer): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${port === '' ? 80 : port}${pathname.replace(/\/$/, '')}`;
}

/** The inferrer does not take this host for one of its cluster. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`heartbeat answered ${status}`);
    this.status = status;
  }
}

/**
 * Tells every inferrer about this host. The answer to a heartbeat is held back for a second and
 * the next is sent when it comes, so that an inferrer always has one open: when its connection
 * breaks, the host is gone.
 */
export class HeartbeatSender {
  readonly #options: HeartbeatOptions;
  readonly #loops = new Map<string, Inferrer>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #names: NameWatch;
  readonly #known = new Set<string>();
  readonly #refusing = new Set<string>();

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#names = new NameWatch({
      urls: options.inferrerUrls.map((url) => new URL(url)),
      // An inferrer that begins anew elsewhere is to hear of all hosts before it tells of them.
      hurries: () => this.#known.size === 0,
      onAddresses: (url, addresses) => {
        this.#follow(url, addresses);
      },
      logger: options.logger,
    });
  }

  /** Tells all inferrers at once, besides the held heartbeats; resolves when all have answered. */
  async tell(): Promise<void> {
    const inferrers = [...this.#loops.values()];
    await Promise.allSettled(inferrers.map((inferrer) => this.#send(inferrer, atOnce)));
  }

  close(): void {
    this.#names.close();
    for (const { stop } of this.#loops.values()) stop.abort();
    this.#agent.destroy();
  }

  #follow(url: URL, addresses: ReadonlySet<string>): void {
    for (const address of addresses) {
      const key = `${address} ${url.href}`;
      if (this.#loops.has(key)) continue;
      const inferrer = { url, address, stop: new AbortController() };
      this.#loops.set(key, inferrer);
      void this.#loop(key, inferrer);
    }
    for (const [key, inferrer] of this.#loops) {
      if (inferrer.url !== url || addresses.has(inferrer.address)) continue;
      inferrer.stop.abort();
      this.#loops.delete(key);
      this.#known.delete(key);
      this.#refusing.delete(key);
      this.#options.onLost(baseUrl(inferrer));
    }
  }

  async #loop(key: string, inferrer: Inferrer): Promise<void> {
    const { address } = inferrer;
    const { signal } = inferrer.stop;
    while (!signal.aborted) {
      try {
        await this.#send(inferrer, this.#known.has(key) ? '' : atOnce);
        if (!this.#known.has(key)) this.#options.logger.info({ address }, 'inferrer found');
        this.#known.add(key);
        this.#refusing.delete(key);
      } catch (error) {
        this.#failed(key, inferrer, error);
        await wait(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Says it once for each time that an inferrer is lost, or begins to refuse this host. */
  #failed(key: string, inferrer: Inferrer, error: unknown): void {
    const { logger, onLost } = this.#options;
    const { address } = inferrer;
    if (this.#known.delete(key)) {
      logger.warn({ err: error, address }, 'inferrer lost');
      onLost(baseUrl(inferrer));
    }
    if (!(error instanceof Refused)) {
      this.#refusing.delete(key);
    } else if (!this.#refusing.has(key)) {
      this.#refusing.add(key);
      logger.error(
        { address, status: error.status },
        'the inferrer refuses this modelhost: CLUSTER_SECRET must be the same on both',
      );
    }
  }

  #send(inferrer: Inferrer, query: string): Promise<void> {
    const { secret, beat } = this.#options;
    const { url, address } = inferrer;
    const { host, port, pathname } = url;
    const inferrers = [...this.#loops.values()].map(baseUrl);
    const body = Buffer.from(JSON.stringify({ ...beat(), inferrers }));
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          host: address,
          port: port === '' ? 80 : port,
          path: `${pathname.replace(/\/$/, '')}/cluster/heartbeat${query}`,
          method: 'POST',
          timeout: query === '' ? answerTimeoutMs : tellTimeoutMs,
          headers: {
            host,
            'content-type': 'application/json',
            'content-length': body.byteLength,
            ...(secret === '' ? {} : { 'shoal-cluster-secret': secret }),
          },
          signal: inferrer.stop.signal,
        },
        (answer) => {
          void bodyOf(answer).then((body) => {
            this.#heard(inferrer, body);
            resolve();
          }, reject);
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('heartbeat not answered')));
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #heard(inferrer: Inferrer, body: Buffer): void {
    const hosts = hostsTold(body);
    if (hosts !== undefined) this.#options.onHosts(baseUrl(inferrer), hosts);
  }
}

/** What the inferrer says; rejects where it does not take the heartbeat. */
async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const { statusCode = 0 } = answer;
  if (statusCode === 401 || statusCode === 403) throw new Refused(statusCode);
  if (statusCode !== 200) throw new Error(`heartbeat answered ${statusCode}`);
  return Buffer.concat(parts);
}
