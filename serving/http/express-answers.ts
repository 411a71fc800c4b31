import type { IRouter, Request, RequestHandler, Response } from 'express';
import { httpStatus } from '../../core/envelope';
import { ShoalError } from '../../core/errors';
import { parseModelName } from '../../protocol/model-name';
import { exchangeOf } from './express';

/** Answers with the envelope and further fields beside it; 204 has no body at all. */
export function answer(
  response: Response,
  status: number,
  description: string,
  fields: object = {},
): void {
  response.status(status);
  if (status === 204) response.end();
  else response.json({ http_status: httpStatus(status, description), ...fields });
}

/** What a path answers to, by lower-case method. */
export type Methods = Partial<Record<'get' | 'post' | 'put' | 'delete', RequestHandler>>;

/** Registers the methods of a path; every other method on it is answered 405 with Allow. */
export function mount(router: IRouter, path: string, methods: Methods): void {
  const route = router.route(path);
  if (methods.get) route.get(methods.get);
  if (methods.post) route.post(methods.post);
  if (methods.put) route.put(methods.put);
  if (methods.delete) route.delete(methods.delete);
  const names = Object.keys(methods).map((name) => name.toUpperCase());
  const allow = (names.includes('GET') ? [...names, 'HEAD'] : names).join(', ');
  route.all((request, response) => {
    if (request.method === 'OPTIONS') {
      response.set({ allow }).status(204).end();
      return;
    }
    throw new ShoalError(
      'method_not_allowed',
      `${request.method} is not possible here; ${allow} is.`,
      { headers: { allow } },
    );
  });
}

/** The value of a path parameter that the route has. */
export function pathParameter(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}

/** The model that the path names. Throws invalid_name. */
export function modelParameter(request: Request): string {
  return parseModelName(pathParameter(request, 'model'));
}

/**
 * The body as JSON, whatever its content type says; undefined where there is none.
 * Throws malformed_body, and what `Exchange.body` throws.
 */
export async function jsonBody(request: Request): Promise<unknown> {
  const text = (await exchangeOf(request).body()).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ShoalError('malformed_body', 'The body is no JSON.', { cause: error });
  }
}
