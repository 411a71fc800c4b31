import { lookup } from 'node:dns/promises';
import type { Logger } from '../../core/logging';

export interface NameWatchOptions {
  readonly urls: readonly URL[];
  /** Whether it matters that a change is seen soon. */
  readonly hurries: () => boolean;
  /** Told of all addresses of a URL's name, each time that they are looked up. */
  readonly onAddresses: (url: URL, addresses: ReadonlySet<string>) => void;
  readonly logger: Pick<Logger, 'warn'>;
  /** All addresses of a name; the system's where it is not said. */
  readonly lookUp?: (name: string) => Promise<readonly string[]>;
}

/** How often names are looked up, and how often in a hurry, in milliseconds. */
const usualMs = 5_000;
const hurriedMs = 500;

/** Looks up the names of URLs, at once and again and again until closed. */
export class NameWatch {
  readonly #options: NameWatchOptions;
  readonly #timer: NodeJS.Timeout;
  /** One look-up at a time for each: one that lasts takes one of the few threads that files need. */
  readonly #underWay = new Set<URL>();
  /** Names that have no address; said once for each time. */
  readonly #unknown = new Set<string>();
  #sinceMs = 0;

  constructor(options: NameWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#sinceMs += hurriedMs;
      if (this.#sinceMs >= usualMs || options.hurries()) this.#lookUpAll();
    }, hurriedMs);
    this.#lookUpAll();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #lookUpAll(): void {
    this.#sinceMs = 0;
    for (const url of this.#options.urls) void this.#lookUp(url);
  }

  async #lookUp(url: URL): Promise<void> {
    const { onAddresses, logger, lookUp = systemLookUp } = this.#options;
    if (this.#underWay.has(url)) return;
    this.#underWay.add(url);
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    try {
      const found = await lookUp(hostname);
      this.#unknown.delete(hostname);
      onAddresses(url, new Set(found));
    } catch (error) {
      const before = this.#unknown.has(hostname);
      this.#unknown.add(hostname);
      if (!before) logger.warn({ err: error, hostname }, 'cannot look up the inferrers');
    } finally {
      this.#underWay.delete(url);
    }
  }
}

async function systemLookUp(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
}
