import { ShoalError } from '../../core/errors';
import type { TraceSettings } from '../../protocol/control/server-options';

/** What is traced, of all models or of one. */
export interface TraceSetting {
  readonly timestamps: boolean;
  /** One request in so many. */
  readonly rate: number;
  /** So many requests, -1 for no limit. */
  readonly count: number;
  /** Kept for clients that read it again: every trace is a line of the log. */
  readonly logFrequency: number;
}

export const defaultTrace: TraceSetting = {
  timestamps: false,
  rate: 1000,
  count: -1,
  logFrequency: 0,
};

/** As Triton's clients see it. */
export function traceSettings({
  timestamps,
  rate,
  count,
  logFrequency,
}: TraceSetting): TraceSettings {
  return new Map([
    ['trace_level', [timestamps ? 'TIMESTAMPS' : 'OFF']],
    ['trace_rate', [String(rate)]],
    ['trace_count', [String(count)]],
    ['log_frequency', [String(logFrequency)]],
    ['trace_file', ['']],
    ['trace_mode', ['triton']],
  ]);
}

type Changed = { -readonly [Field in keyof TraceSetting]?: TraceSetting[Field] };

/**
 * What `before` says of its own, changed; an empty list takes out what it says. Throws
 * invalid_request, unsupported.
 */
export function changedTrace(before: Changed, changes: TraceSettings): Changed {
  const changed = { ...before };
  for (const [name, values] of changes) apply(changed, name, values);
  return changed;
}

const mostOfAll = 2 ** 31 - 1;

function apply(changed: Changed, name: string, values: readonly string[]): void {
  if (name === 'trace_file' || name === 'trace_mode') {
    throw new ShoalError('unsupported', `${name} cannot be changed: traces are lines of the log.`);
  }
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) {
    throw new ShoalError('invalid_request', `'${name}' is no trace setting.`);
  }
  // One after the other, so that each keeps its own type.
  if (values.length === 0) Reflect.deleteProperty(changed, field);
  else if (field === 'timestamps') changed.timestamps = levelOf(values);
  else changed[field] = numberOf(name, values);
}

const fields: Readonly<Record<string, keyof TraceSetting>> = {
  trace_level: 'timestamps',
  trace_rate: 'rate',
  trace_count: 'count',
  log_frequency: 'logFrequency',
};

const least: Readonly<Record<string, number>> = {
  trace_rate: 1,
  trace_count: -1,
  log_frequency: 0,
};

function levelOf(values: readonly string[]): boolean {
  if (values.includes('TENSORS')) {
    throw new ShoalError('unsupported', 'trace_level TENSORS is not offered; TIMESTAMPS is.');
  }
  const [level] = values;
  if (values.length === 1 && (level === 'OFF' || level === 'TIMESTAMPS')) {
    return level === 'TIMESTAMPS';
  }
  throw wrong('trace_level', 'OFF or TIMESTAMPS', values);
}

function numberOf(name: string, values: readonly string[]): number {
  const from = least[name] ?? 0;
  const [text = ''] = values;
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (values.length === 1 && number >= from && number <= mostOfAll) return number;
  throw wrong(name, `a whole number from ${from} to ${mostOfAll}`, values);
}

function wrong(name: string, wanted: string, values: readonly string[]): ShoalError {
  return new ShoalError('invalid_request', `${name}: wanted ${wanted}, got ${values.join(', ')}.`);
}
