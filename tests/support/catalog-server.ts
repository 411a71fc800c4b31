import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostCatalog, ModelEntry } from '../../protocol/catalog';

/** A host of which only the catalog is there: its reads are counted, and can be held back. */
export class CatalogServer {
  readonly url: string;
  /** How often the catalog was read at once, not by long poll. */
  reads = 0;
  /** While true nobody who reads at once is answered. */
  frozen = false;
  readonly #host: string;
  readonly #server: Server;
  readonly #held: (() => void)[] = [];
  readonly #polls = new Set<ServerResponse>();
  #models: readonly ModelEntry[];
  #revision = 1;

  private constructor(host: string, models: readonly ModelEntry[], server: Server) {
    this.#host = host;
    this.#models = models;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      const since = new URL(request.url!, this.url).searchParams.get('since');
      if (since !== null) this.#poll(since, response);
      else this.#read(response);
    });
  }

  static async start(host: string, models: readonly ModelEntry[]): Promise<CatalogServer> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new CatalogServer(host, models, server);
  }

  /** True while somebody waits for what comes next. */
  get followed(): boolean {
    return this.#polls.size > 0;
  }

  /** Changes what is told; `silently`: long polls are not answered with it. */
  change(models: readonly ModelEntry[], how: 'told' | 'silently' = 'told'): void {
    this.#models = models;
    this.#revision += 1;
    if (how === 'silently') return;
    for (const response of this.#polls) this.#answer(response);
    this.#polls.clear();
  }

  /** Answers who was held back, with what they would have got when they asked. */
  thaw(): void {
    this.frozen = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #poll(since: string, response: ServerResponse): void {
    if (since === this.#catalog().revision) this.#polls.add(response);
    else this.#answer(response);
  }

  #read(response: ServerResponse): void {
    this.reads += 1;
    const catalog = this.#catalog();
    const answer = (): void => {
      response.end(JSON.stringify(catalog));
    };
    if (this.frozen) this.#held.push(answer);
    else answer();
  }

  #answer(response: ServerResponse): void {
    response.end(JSON.stringify(this.#catalog()));
  }

  #catalog(): HostCatalog {
    return { host: this.#host, revision: `r-${this.#revision}`, models: this.#models };
  }
}
