import { ShoalError } from '../../../core/errors';

/** The description in `{"model_description": text}`. Throws invalid_request. */
export function descriptionOf(body: unknown): string {
  const value = fieldOf(
    body,
    'model_description',
    'No json data provided {model_description:string}',
  );
  if (value === undefined) throw wrong('No model_description provided (model_description:string)');
  if (typeof value !== 'string')
    throw wrong(`model_description must be a string, got ${kind(value)}`);
  if (value.length > 10_000) throw wrong('model_description must have at most 10000 characters');
  return value;
}

/** The version in `{"default": n}`. Throws invalid_request. */
export function defaultOf(body: unknown): number {
  const value = fieldOf(body, 'default', 'No json data provided {default:version}');
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw wrong(`default must be the number of a version, from 1; got ${kind(value)}`);
}

/** The items in `{"data": [...]}` as texts. Throws invalid_request, in FRACTAL's words. */
export function testDataOf(body: unknown, maxItems: number): string[] {
  const value = fieldOf(body, 'data', 'No json data provided {data:list}');
  if (value === undefined) throw wrong('No test data provided (data:[...])');
  if (!Array.isArray(value)) throw wrong('Test data is not a list enclosed by squared brackets');
  if (value.length > maxItems)
    throw wrong(`Test data has ${value.length} items, at most ${maxItems}`);
  return value.map((item: unknown, index) => {
    if (typeof item === 'string' && item !== '' && item.length <= 256) return item;
    if (typeof item === 'number' || typeof item === 'boolean') return String(item);
    throw wrong(`data[${index}] must be a text of 1 to 256 characters, got ${kind(item)}`);
  });
}

function fieldOf(body: unknown, name: string, missing: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw wrong(missing);
  return Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
}

function kind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  return JSON.stringify(value).slice(0, 60);
}

function wrong(message: string): ShoalError {
  return new ShoalError('invalid_request', `${message}.`);
}
