import { ShoalError } from '../../core/errors';
import { loadOverride } from './load-parameters';
import type { LoadOverride } from './model-control';

/** What a load call brings, from its body over HTTP: nothing, `{}` or `{"parameters": {...}}`. */
export function loadOverrideIn(body: Buffer): LoadOverride | null {
  const parameters = parametersIn(body);
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
  for (const [name, value] of Object.entries(parametersIn(body))) {
    if (name !== 'unload_dependents') {
      throw invalid(
        `unknown parameter '${name.slice(0, 200)}' of an unload; there is unload_dependents`,
      );
    }
    if (typeof value !== 'boolean')
      throw invalid("parameter 'unload_dependents' must be true or false");
  }
}

/** True where only what is ready is asked for, by `{"ready": true}`. */
export function onlyReadyIn(body: Buffer): boolean {
  const { ready = false } = objectIn(body);
  if (typeof ready === 'boolean') return ready;
  throw invalid("'ready' must be true or false");
}

function parametersIn(body: Buffer): Readonly<Record<string, unknown>> {
  const { parameters = {} } = objectIn(body);
  if (isObject(parameters)) return parameters;
  throw invalid("'parameters' must be an object");
}

/** The body, whatever type it is said to be: clients send theirs as a form. */
function objectIn(body: Buffer): Readonly<Record<string, unknown>> {
  const text = body.toString('utf8');
  if (text.trim() === '') return {};
  const value = parsed(text);
  if (isObject(value)) return value;
  throw invalid('the body must be a JSON object, or nothing');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ShoalError('malformed_body', 'The body is no JSON.', { cause: error });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A search, as a match of the whole would need the stack for every group of four. */
function isBase64(text: string): boolean {
  const filled = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.slice(0, text.length - filled));
}

function valueOf(name: string, value: unknown): string | Buffer {
  if (typeof value !== 'string') throw invalid(`parameter '${name.slice(0, 200)}' must be a text`);
  if (!name.startsWith('file:')) return value;
  if (isBase64(value)) return Buffer.from(value, 'base64');
  throw invalid(`parameter '${name.slice(0, 200)}' is no base64`);
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', `${message}.`);
}
