import type { Parameter } from '../infer';
import type { Segment } from './batch';

/**
 * What an inferrer adds to a batch that it sends as an Open Inference Protocol request: the
 * generation it was resolved with, its segments, how often it has been lost, and whether it is copies
 * for a shadow. Request parameters are used for it because servers that do not know them pass them over.
 */
export const generationParameter = 'shoal_generation';
export const segmentsParameter = 'shoal_segments';
export const lossesParameter = 'shoal_losses';
export const copiesParameter = 'shoal_copies';

const inferrerParameters = [
  generationParameter,
  segmentsParameter,
  lossesParameter,
  copiesParameter,
];

/** A client's parameters: those that are an inferrer's to add are not its own. */
export function clientParameters(
  parameters: ReadonlyMap<string, Parameter>,
): ReadonlyMap<string, Parameter> {
  if (parameters.size === 0) return parameters;
  if (!inferrerParameters.some((name) => parameters.has(name))) return parameters;
  return new Map([...parameters].filter(([name]) => !inferrerParameters.includes(name)));
}

/** Header of a host's answer: `<microseconds waited>;<microseconds run>`. */
export const timingHeader = 'shoal-timing';

/** [request id, rows, milliseconds left, priority, trace] of each caller. */
type SegmentRow = readonly [string, number, number, number, string];

export function segmentsToText(segments: readonly Segment[]): string {
  const rows: SegmentRow[] = segments.map((segment) => [
    segment.requestId,
    segment.rows,
    Math.round(segment.timeLeftMs),
    segment.priority,
    segment.trace,
  ]);
  return JSON.stringify(rows);
}

/** The segments in a request's parameters; undefined where there are none that can be read. */
export function segmentsOf(parameters: ReadonlyMap<string, Parameter>): Segment[] | undefined {
  const text = parameters.get(segmentsParameter);
  if (typeof text !== 'string') return undefined;
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(rows) || !rows.every(isSegmentRow)) return undefined;
  return rows.map(([requestId, count, timeLeftMs, priority, trace]) => ({
    requestId,
    rows: count,
    timeLeftMs,
    priority,
    trace,
  }));
}

function isSegmentRow(row: unknown): row is SegmentRow {
  if (!Array.isArray(row) || row.length !== 5) return false;
  const kinds = ['string', 'number', 'number', 'number', 'string'];
  return row.every((value, at) => typeof value === kinds[at]);
}

/** The generation in a request's parameters; undefined where there is none. */
export function generationOf(parameters: ReadonlyMap<string, Parameter>): number | undefined {
  const value = parameters.get(generationParameter);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

/** Whether a request is copies for a shadow, as its parameters say. */
export function copiesOf(parameters: ReadonlyMap<string, Parameter>): boolean {
  return parameters.get(copiesParameter) === true;
}

/** How often a request has been lost before, as its parameters say; 0 where they do not. */
export function lossesOf(parameters: ReadonlyMap<string, Parameter>): number {
  const value = parameters.get(lossesParameter);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}
