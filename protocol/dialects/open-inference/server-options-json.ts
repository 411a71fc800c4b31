import { ShoalError } from '../../../core/errors';
import type { LogSettings, TraceSettings } from '../../control/server-options';

/** As Triton writes them: the levels as a list, everything else as a text. */
export function traceJson(settings: TraceSettings): string {
  const entries = [...settings].map(([name, values]) =>
    name === 'trace_level' ? [name, values] : [name, values[0] ?? ''],
  );
  return JSON.stringify(Object.fromEntries(entries));
}

export function logJson(settings: LogSettings): string {
  return JSON.stringify(Object.fromEntries(settings));
}

/** The changes in a body; null goes back to what counts otherwise. Throws invalid_request. */
export function traceChanges(body: Buffer): TraceSettings {
  return new Map(entriesOf(body).map(([name, value]) => [name, textsOf(name, value)] as const));
}

/** Throws invalid_request. */
export function logChanges(body: Buffer): LogSettings {
  return new Map(entriesOf(body).map(([name, value]) => [name, plainOf(name, value)] as const));
}

function entriesOf(body: Buffer): [string, unknown][] {
  if (body.length === 0) return [];
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ShoalError('malformed_body', 'The settings must be JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value);
  }
  throw new ShoalError('invalid_request', 'The settings must be an object.');
}

function textsOf(name: string, value: unknown): string[] {
  if (value === null) return [];
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ShoalError('invalid_request', `${name}: wanted a text, a list of texts, or null.`);
}

function plainOf(name: string, value: unknown): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  throw new ShoalError('invalid_request', `${name}: wanted a text, a number, or true or false.`);
}
