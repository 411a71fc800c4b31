import { ShoalError } from '../../core/errors';
import type { Dialect, Exchange, Handler } from '../../protocol/exchange';
import type { Operation } from '../../protocol/openapi/operation';
import { openApiDocument, type About } from './document';
import { documentOperations } from './document-operations';
import { documentPage } from './document-page';
import { pageStyle } from './page-style';

/** What the page may load: its own style, and nothing else from anywhere. */
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

interface Document {
  readonly type: string;
  readonly text: string;
}

/** `/openapi.json`, the same to read at `/docs`, and the page's style. Made when first asked for. */
export function createDocumentsDialect(about: About, others: readonly Operation[]): Dialect {
  const operations = [...others, ...documentOperations];
  const documents = new Map<string, Document>();
  const documentAt = (path: string): Document => {
    const known = documents.get(path) ?? made(path, about, operations);
    documents.set(path, known);
    return known;
  };
  const handlers = new Map<string, Handler>(
    documentOperations.map(({ path }) => [
      path,
      (exchange) => {
        answer(exchange, documentAt(path));
      },
    ]),
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

function made(path: string, about: About, operations: readonly Operation[]): Document {
  if (path === '/docs/style.css') return { type: 'text/css; charset=utf-8', text: pageStyle };
  const document = openApiDocument(about, operations);
  if (path === '/openapi.json') return { type: 'application/json', text: JSON.stringify(document) };
  return { type: 'text/html; charset=utf-8', text: documentPage(document) };
}

function answer(exchange: Exchange, { type, text }: Document): void {
  const headers = {
    'content-type': type,
    'cache-control': 'no-cache',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  };
  exchange.reply(200, headers, text);
}
