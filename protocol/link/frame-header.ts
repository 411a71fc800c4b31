import { FrameFault } from './frame-reader';

/** Reads the JSON header of a frame; anything of another form than expected is a FrameFault. */
export function objectIn(header: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(header);
  } catch {
    throw new FrameFault('a header is no JSON');
  }
  if (typeof value !== 'object' || value === null || isList(value)) {
    throw new FrameFault('a header is no object');
  }
  return value as Record<string, unknown>;
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function textIn(value: unknown): string {
  if (typeof value !== 'string') throw new FrameFault('a text is missing');
  return value;
}

/** A number that is a count, a size or a time: JSON cannot say NaN or infinity. */
export function numberIn(value: unknown): number {
  if (typeof value !== 'number') throw new FrameFault('a number is missing');
  return value;
}

export function textsIn(value: unknown): string[] {
  if (!isList(value)) throw new FrameFault('a list of texts is missing');
  return value.map(textIn);
}
