import { ShoalError } from '../../core/errors';
import { checkedAs } from '../openapi/schema';
import { loadOverride } from './load-parameters';
import type { LoadOverride } from './model-control';
import { indexBody, loadBody as loadOrder, unloadBody } from './schema';

/** What a load call brings, from its body over HTTP: nothing, `{}` or `{"parameters": {...}}`. */
export function loadOverrideIn(body: Buffer): LoadOverride | null {
  const { parameters = {} } = checkedAs(loadOrder, jsonIn(body));
  return loadOverride(
    new Map(Object.entries(parameters).map(([name, value]) => [name, valueOf(name, value)])),
  );
}

/** The same as JSON, for the next process. */
export function loadBody({ config, files }: LoadOverride): object {
  const entries = [...files].map(
    ([path, bytes]) => [`file:${path}`, bytes.toString('base64')] as const,
  );
  return { parameters: { config, ...Object.fromEntries(entries) } };
}

/** Throws invalid_request unless the body of an unload is empty or says no more than is known. */
export function checkUnload(body: Buffer): void {
  checkedAs(unloadBody, jsonIn(body));
}

/** True where only what is ready is asked for, by `{"ready": true}`. */
export function onlyReadyIn(body: Buffer): boolean {
  return checkedAs(indexBody, jsonIn(body)).ready ?? false;
}

/** The body, whatever type it is said to be: clients send theirs as a form. */
function jsonIn(body: Buffer): unknown {
  const text = body.toString('utf8');
  return text.trim() === '' ? {} : parsed(text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ShoalError('malformed_body', 'The body is no JSON.', { cause: error });
  }
}

/** A search, as a match of the whole would need the stack for every group of four. */
function isBase64(text: string): boolean {
  const filled = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.slice(0, text.length - filled));
}

function valueOf(name: string, text: string): string | Buffer {
  if (!name.startsWith('file:')) return text;
  if (isBase64(text)) return Buffer.from(text, 'base64');
  throw invalid(`parameter '${name.slice(0, 200)}' is no base64`);
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', `${message}.`);
}
