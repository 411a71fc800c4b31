import { ShoalError } from '../../core/errors';
import type { Dialect, Exchange, Handler } from '../../protocol/exchange';
import type { Operation } from '../../protocol/openapi/operation';
import { openApiDocument, type About, type OpenApi } from './document';
import { documentOperations } from './document-operations';
import { documentPage } from './document-page';
import { pageStyle } from './page-style';

/** What the page may load: its own style, and nothing else from anywhere. */
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

interface Text {
  readonly path: string;
  readonly type: string;
  readonly write: (document: () => Promise<OpenApi>) => Promise<string>;
}

const texts: readonly Text[] = [
  {
    path: '/openapi.json',
    type: 'application/json',
    write: async (document) => JSON.stringify(await document()),
  },
  {
    path: '/docs',
    type: 'text/html; charset=utf-8',
    write: async (document) => documentPage(await document()),
  },
  {
    path: '/docs/style.css',
    type: 'text/css; charset=utf-8',
    write: () => Promise.resolve(pageStyle),
  },
];

/** `/openapi.json`, the same to read at `/docs`, and the page's style. Made when first asked for. */
export function createDocumentsDialect(about: About, others: readonly Operation[]): Dialect {
  let made: Promise<OpenApi> | undefined;
  const document = (): Promise<OpenApi> =>
    (made ??= openApiDocument(about, [...others, ...documentOperations]));
  const handlers = new Map(
    texts.map(({ path, type, write }) => {
      let text: Promise<string> | undefined;
      const handler: Handler = async (exchange) => {
        answer(exchange, type, await (text ??= write(document)));
      };
      return [path, handler] as const;
    }),
  );
  return {
    name: 'documents',
    status: 'http',
    operations: documentOperations,
    match(method, path) {
      const handler = handlers.get(path);
      if (handler === undefined || method === 'GET') return handler;
      throw new ShoalError('method_not_allowed', `${path}: wanted GET, came ${method}.`, {
        headers: { allow: 'GET, HEAD' },
      });
    },
  };
}

function answer(exchange: Exchange, type: string, text: string): void {
  const headers = {
    'content-type': type,
    'cache-control': 'no-cache',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  };
  exchange.reply(200, headers, text);
}
