import { ShoalError } from '../../../core/errors';
import type { LogSettings, TraceSettings } from '../../control/server-options';
import { logBody, traceBody } from '../../control/schema';
import { checkedAs } from '../../openapi/schema';

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
  const changes = Object.entries(checkedAs(traceBody, settingsIn(body)));
  return new Map(changes.map(([name, value]) => [name, textsOf(value)] as const));
}

/** Throws invalid_request. */
export function logChanges(body: Buffer): LogSettings {
  return new Map(Object.entries(checkedAs(logBody, settingsIn(body))));
}

function settingsIn(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ShoalError('malformed_body', 'The settings must be JSON.');
  }
}

function textsOf(value: string | number | readonly string[] | null): readonly string[] {
  if (value === null) return [];
  return typeof value === 'object' ? value : [String(value)];
}
