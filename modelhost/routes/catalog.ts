import type { IRouter } from 'express';
import type { HostCatalog } from '../../protocol/catalog';
import { mount } from '../../serving/http/express-answers';
import { exchangeOf } from '../../serving/http/express';

/** Longest wait of one poll; shorter than what proxies allow for an answer. */
const pollMs = 25_000;

export interface CatalogParts {
  readonly catalogAfter: (
    since: string,
    waitMs: number,
    signal: AbortSignal,
  ) => Promise<HostCatalog>;
}

/** `GET /modelhost/catalog?since=<revision>`: the catalog, once it is another than `since`. */
export function mountCatalog(app: IRouter, { catalogAfter }: CatalogParts): void {
  mount(app, '/modelhost/catalog', {
    get: async (request, response) => {
      const { query, signal } = exchangeOf(request);
      const catalog = await catalogAfter(query.get('since') ?? '', pollMs, signal);
      response.json(catalog);
    },
  });
}
