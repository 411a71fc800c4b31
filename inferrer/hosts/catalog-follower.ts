import { Agent, request } from 'undici';
import { together } from '../../core/together';
import type { HostCatalog } from '../../protocol/catalog';

export interface CatalogFollowerOptions {
  /** Base URL of the host. */
  readonly url: string;
  readonly secret: string;
  /** Called with every new catalog. */
  readonly onCatalog: (catalog: HostCatalog) => void;
  /** Called when the host could not be asked; the follower tries again by itself. */
  readonly onError: (error: unknown) => void;
}

/** Longer than a host holds a long poll. */
const answerTimeoutMs = 40_000;
const retryMs = 250;
/** Longest that a look at a host's catalog is waited for, in milliseconds. */
export const refreshTimeoutMs = 2_000;
/** A catalog larger than this is not believed. */
const maxCatalogBytes = 256 * 2 ** 20;

/** Follows one host's catalog by long poll until closed. */
export class CatalogFollower {
  readonly #options: CatalogFollowerOptions;
  readonly #agent = new Agent({ connections: 2, headersTimeout: answerTimeoutMs });
  readonly #closing = new AbortController();
  #revision = '';

  constructor(options: CatalogFollowerOptions) {
    this.#options = options;
    void this.#follow();
  }

  /** Reads the catalog now, whatever its revision; once for all who want that at the same time. */
  readonly refresh = together(async () => {
    const timeout = AbortSignal.timeout(refreshTimeoutMs);
    const signal = AbortSignal.any([this.#closing.signal, timeout]);
    this.#take(await this.#read('', signal));
  });

  close(): void {
    this.#closing.abort();
    void this.#agent.destroy();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        this.#take(await this.#read(this.#revision, signal));
      } catch (error) {
        if (this.#closed()) return;
        this.#options.onError(error);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  #take(catalog: HostCatalog): void {
    if (this.#closed() || catalog.revision === this.#revision) return;
    this.#revision = catalog.revision;
    this.#options.onCatalog(catalog);
  }

  async #read(since: string, signal: AbortSignal): Promise<HostCatalog> {
    const { url, secret } = this.#options;
    const query = since === '' ? '' : `?since=${encodeURIComponent(since)}`;
    const answer = await request(`${url}/modelhost/catalog${query}`, {
      dispatcher: this.#agent,
      signal,
      headers: secret === '' ? {} : { 'shoal-cluster-secret': secret },
    });
    const text = await bounded(answer.body);
    if (answer.statusCode !== 200) {
      throw new Error(`${url}/modelhost/catalog answered ${answer.statusCode}`);
    }
    return JSON.parse(text) as HostCatalog;
  }
}

async function bounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxCatalogBytes) throw new Error(`catalog of more than ${maxCatalogBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
