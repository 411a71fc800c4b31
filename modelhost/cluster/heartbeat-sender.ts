import { lookup } from 'node:dns/promises';
import { Agent, request } from 'node:http';
import type { Logger } from '../../core/logging';
import type { Heartbeat } from '../../protocol/cluster/heartbeat';

export interface HeartbeatOptions {
  /** Base URL of the inferrers; every address of its name is one. */
  readonly inferrerUrl: string;
  readonly secret: string;
  /** What to tell now. */
  readonly beat: () => Heartbeat;
  readonly logger: Logger;
}

/** How often the addresses of the inferrers' name are looked up. */
const lookupMs = 5_000;
const retryMs = 250;
/** An answer is held for a second; after this the inferrer is taken for gone. */
const answerTimeoutMs = 5_000;

/**
 * Tells every inferrer about this host. The answer to a heartbeat is held back for a second and
 * the next is sent when it comes, so that an inferrer always has one open: when its connection
 * breaks, the host is gone.
 */
export class HeartbeatSender {
  readonly #options: HeartbeatOptions;
  readonly #loops = new Map<string, AbortController>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #resolver: NodeJS.Timeout;
  readonly #known = new Set<string>();

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#resolver = setInterval(() => void this.#resolve(), lookupMs);
    void this.#resolve();
  }

  /** True when at least one inferrer has answered a heartbeat. */
  get known(): boolean {
    return this.#known.size > 0;
  }

  /** Tells all inferrers at once, besides the held heartbeats; resolves when all have answered. */
  async tell(): Promise<void> {
    const addresses = [...this.#loops.keys()];
    await Promise.allSettled(addresses.map((address) => this.#send(address, '?hold=0')));
  }

  close(): void {
    clearInterval(this.#resolver);
    for (const loop of this.#loops.values()) loop.abort();
    this.#agent.destroy();
  }

  async #resolve(): Promise<void> {
    const { hostname } = new URL(this.#options.inferrerUrl);
    try {
      const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
      this.#follow(new Set(found.map(({ address }) => address)));
    } catch (error) {
      this.#options.logger.warn({ err: error, hostname }, 'cannot look up the inferrers');
    }
  }

  #follow(addresses: ReadonlySet<string>): void {
    for (const address of addresses) {
      if (this.#loops.has(address)) continue;
      const stop = new AbortController();
      this.#loops.set(address, stop);
      void this.#loop(address, stop.signal);
    }
    for (const [address, stop] of this.#loops) {
      if (addresses.has(address)) continue;
      stop.abort();
      this.#loops.delete(address);
      this.#known.delete(address);
    }
  }

  async #loop(address: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#send(address, '', signal);
        if (!this.#known.has(address)) this.#options.logger.info({ address }, 'inferrer found');
        this.#known.add(address);
      } catch (error) {
        if (this.#known.delete(address)) {
          this.#options.logger.warn({ err: error, address }, 'inferrer lost');
        }
        await pause(retryMs, signal);
      }
    }
  }

  #send(address: string, query: string, signal?: AbortSignal): Promise<void> {
    const { inferrerUrl, secret, beat } = this.#options;
    const { host, port, pathname } = new URL(inferrerUrl);
    const body = Buffer.from(JSON.stringify(beat()));
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          host: address,
          port: port === '' ? 80 : port,
          path: `${pathname.replace(/\/$/, '')}/cluster/heartbeat${query}`,
          method: 'POST',
          timeout: answerTimeoutMs,
          headers: {
            host,
            'content-type': 'application/json',
            'content-length': body.byteLength,
            ...(secret === '' ? {} : { 'shoal-cluster-secret': secret }),
          },
          ...(signal === undefined ? {} : { signal }),
        },
        (answer) => {
          answer.resume();
          answer.on('error', reject);
          answer.on('end', () => {
            if (answer.statusCode === 200) resolve();
            else reject(new Error(`heartbeat answered ${answer.statusCode ?? 0}`));
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('heartbeat not answered')));
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
