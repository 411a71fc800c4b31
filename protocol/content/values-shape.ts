import { ShoalError } from '../../core/errors';
import { isJsonArray, type JsonValue } from '../exact-json/json-value';
import type { Dimension, TensorSpec } from '../signature';

/**
 * The shape of the tensor that a FRACTAL caller means by a list. In this order:
 * a list nested as deep as the input's rank is taken as it is; a flat list is one row; a list of
 * flat lists is rows; a list one level short of the rank is one row. A bare value is one element.
 * Throws invalid_request naming `field`, what was wanted and what came.
 */
export function shapeOfValues(field: string, spec: TensorSpec, values: JsonValue): number[] {
  return shapeOfList(field, spec, nestedShape(field, values));
}

/** The same for a list whose lengths are known. */
export function shapeOfList(field: string, spec: TensorSpec, nested: readonly number[]): number[] {
  const declared = spec.shape;
  if (declared === null) return nested.length === 1 ? [1, ...nested] : [...nested];
  const shape = candidates(declared, nested).find((candidate) => fits(declared, candidate));
  if (shape === undefined) throw shapeMismatch(field, spec, nested);
  return shape;
}

/**
 * The shape of the tensor that is meant by a list of rows, as lines of a file are: `lengths` begins
 * with their number. A row may have the shape of the tensor's rows or be flat; where the tensor has
 * no rows, the only row is all of it. Undefined where nothing fits.
 */
export function shapeOfRows(
  { shape: declared }: TensorSpec,
  lengths: readonly number[],
): number[] | undefined {
  if (declared === null || fits(declared, lengths)) return [...lengths];
  const [rows = 1, ...row] = lengths;
  const values = row.reduce((all, length) => all * length, 1);
  const flat = prefixed(rows, filled(declared.slice(1), values));
  if (declared.length > 0 && flat !== null && fits(declared, flat)) return flat;
  if (rows !== 1) return undefined;
  return fits(declared, row) ? row : (filled(declared, values) ?? undefined);
}

/** Lengths of nested lists; `[]` for a bare value. Throws invalid_request where they are uneven. */
export function nestedShape(field: string, values: JsonValue): number[] {
  const shape: number[] = [];
  let value: JsonValue | undefined = values;
  while (isJsonArray(value)) {
    shape.push(value.length);
    value = value[0];
  }
  if (!even(values, shape, 0)) {
    throw new ShoalError(
      'invalid_request',
      `${field}: lists at the same depth must have the same length (here [${shape.join(', ')}] to go by the first elements).`,
    );
  }
  return shape;
}

function even(value: JsonValue, shape: readonly number[], depth: number): boolean {
  if (depth === shape.length) return !isJsonArray(value);
  if (!isJsonArray(value) || value.length !== shape[depth]) return false;
  return value.every((element) => even(element, shape, depth + 1));
}

function candidates(declared: readonly Dimension[], nested: readonly number[]): number[][] {
  const found: (number[] | null)[] = [nested.length === declared.length ? [...nested] : null];
  const [first, second] = nested;
  if (first === undefined) found.push(filled(declared, 1));
  else if (nested.length === 1) found.push(oneRow(declared, first));
  else if (second !== undefined && nested.length === 2) {
    found.push(prefixed(first, filled(declared.slice(1), second)));
  }
  if (nested.length === declared.length - 1) found.push([1, ...nested]);
  return found.filter((shape) => shape !== null);
}

function oneRow(declared: readonly Dimension[], count: number): number[] | null {
  const [batch] = declared;
  if (batch === undefined || typeof batch === 'number') return filled(declared, count);
  return prefixed(1, filled(declared.slice(1), count));
}

function prefixed(first: number, rest: number[] | null): number[] | null {
  return rest === null ? null : [first, ...rest];
}

/** The dimensions with `count` elements in all, if that leaves no choice: at most one is free. */
function filled(declared: readonly Dimension[], count: number): number[] | null {
  const fixed = declared.filter((dim) => typeof dim === 'number');
  const product = fixed.reduce((all, dim) => all * dim, 1);
  const free = declared.length - fixed.length;
  if (free === 0) return product === count ? [...fixed] : null;
  if (count === 1 && product === 1) return declared.map(() => 1);
  if (free > 1 || product === 0 || count % product !== 0) return null;
  return declared.map((dim) => (typeof dim === 'number' ? dim : count / product));
}

function fits(declared: readonly Dimension[], shape: readonly number[]): boolean {
  if (declared.length !== shape.length) return false;
  return declared.every((dim, axis) => typeof dim !== 'number' || dim === shape[axis]);
}

function shapeMismatch(field: string, spec: TensorSpec, nested: readonly number[]): ShoalError {
  const came = nested.length === 0 ? 'a single value' : `a list of shape [${nested.join(', ')}]`;
  return new ShoalError(
    'invalid_request',
    `${field}: input '${spec.name}' wants ${describeSpec(spec)}, that is ${wantedForms(spec)}; got ${came}.`,
  );
}

function wantedForms(spec: TensorSpec): string {
  const [batch, ...rest] = spec.shape ?? [];
  const row = rest.map((dim) => dim ?? '?').join(' x ');
  if (batch === undefined) return 'a list of one value';
  if (rest.length === 0) return 'a flat list';
  return `a flat list of ${row} values for one row, or a list of such rows`;
}

/** The input as a caller may write it down, e.g. `FP32[?, 4]`. */
export function describeSpec(spec: TensorSpec): string {
  const dims = spec.shape?.map((dim) => (typeof dim === 'number' ? dim : '?')).join(', ');
  return `${spec.datatype ?? spec.valueType}${dims === undefined ? '' : `[${dims}]`}`;
}
