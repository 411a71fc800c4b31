import { ShoalError } from '../../core/errors';
import type { Servable } from '../catalog';
import { isJsonArray, isJsonObject, shown, type JsonValue } from '../exact-json/json-value';
import { elementCount, type Tensor } from '../tensor';
import { tensorFromJson } from '../tensor-json/tensor-from-json';
import { valuesToJson } from '../tensor-json/tensor-to-json';
import { carriedInputs, onlyInput, type CarriedSpec } from './content-codec';
import { describeSpec, nestedShape, shapeOfRows } from './values-shape';

/**
 * Inputs from one JSON value for each row: what the row of the only input is, or an object with the
 * rows of all inputs by name. Throws invalid_request.
 */
export function tensorsOfInstances(instances: readonly JsonValue[], servable: Servable): Tensor[] {
  if (instances.length === 0) throw wrong('wanted at least one instance, got none');
  const objects = instances.filter(isJsonObject);
  if (objects.length === 0) {
    return [tensorOf(onlyInput(servable, 'A list of instances'), instances)];
  }
  if (objects.length < instances.length) {
    throw wrong('wanted either an object in each instance, or in none');
  }
  const specs = carriedInputs(servable);
  const known = specs.map(({ name }) => name);
  return specs.map((spec) => {
    const rows = objects.map((object, at) => {
      const stranger = Object.keys(object).find((name) => !known.includes(name));
      const row = Object.hasOwn(object, spec.name) ? object[spec.name] : undefined;
      if (stranger === undefined && row !== undefined) return row;
      throw wrong(
        `instance ${at}: wanted ${known.map((name) => `'${name}'`).join(', ')}, got ` +
          (Object.keys(object)
            .map((name) => `'${name.slice(0, 40)}'`)
            .join(', ') || 'nothing'),
      );
    });
    return tensorOf(spec, rows);
  });
}

function tensorOf(spec: CarriedSpec, rows: readonly JsonValue[]): Tensor {
  const lengths = nestedShape(`instances of input '${spec.name}'`, rows);
  const shape = shapeOfRows(spec, lengths);
  if (shape !== undefined) return tensorFromJson(spec.name, spec.datatype, shape, rows);
  throw wrong(
    `input '${spec.name}' wants ${describeSpec(spec)}; got ${rows.length} instances of ` +
      (lengths.length === 1 ? 'one value' : `shape [${lengths.slice(1).join(', ')}]`),
  );
}

/** The value as a list of instances. Throws invalid_request. */
export function instancesIn(value: JsonValue | undefined): readonly JsonValue[] {
  if (isJsonArray(value)) return value;
  throw wrong(`wanted a list, got ${shown(value)}`);
}

/** `{"predictions": [...]}`: a list of all rows. Throws as `predictionRows`. */
export function predictionsJson(outputs: readonly Tensor[]): string {
  return `{"predictions":[${predictionRows(outputs).join(',')}]}`;
}

/**
 * One JSON text for each row of the outputs: the row of the only one, or an object with the rows of
 * all by name. Throws unrepresentable_output for NaN, infinities, strings that are not UTF-8, and
 * outputs that have not the same number of rows.
 */
export function predictionRows(outputs: readonly Tensor[]): string[] {
  const [first, ...more] = outputs.map((output) => ({ name: output.name, rows: rowsOf(output) }));
  if (first === undefined || more.length === 0) return first?.rows ?? [];
  const other = more.find(({ rows }) => rows.length !== first.rows.length);
  if (other === undefined) {
    return first.rows.map((_, at) => {
      const fields = [first, ...more].map(
        ({ name, rows }) => `${JSON.stringify(name)}:${rows[at] ?? 'null'}`,
      );
      return `{${fields.join(',')}}`;
    });
  }
  throw new ShoalError(
    'unrepresentable_output',
    `output '${other.name}' has ${other.rows.length} rows and '${first.name}' ` +
      `${first.rows.length}, so that there is no list of predictions: ask for one output, or ` +
      'use the Open Inference Protocol.',
  );
}

/** The tensor's rows as JSON; of a scalar one. */
function rowsOf(tensor: Tensor): string[] {
  const texts = elementTexts(tensor);
  const [rows = 1, ...row] = tensor.shape;
  const width = elementCount(row);
  return Array.from({ length: rows }, (_, at) => nested(texts, at * width, row));
}

function elementTexts(tensor: Tensor): string[] {
  if (tensor.datatype === 'BYTES') {
    const list = JSON.parse(valuesToJson(tensor, flat)) as string[];
    return list.map((text) => JSON.stringify(text));
  }
  const list = valuesToJson(tensor, flat).slice(1, -1);
  return list === '' ? [] : list.split(',');
}

const flat = { nonFinite: 'refuse', nested: false } as const;

/** The elements from a place on in lists of such lengths. */
function nested(
  texts: readonly string[],
  from: number,
  [length, ...rest]: readonly number[],
): string {
  if (length === undefined) return texts[from] ?? 'null';
  if (rest.length === 0) return `[${texts.slice(from, from + length).join(',')}]`;
  const size = elementCount(rest);
  const parts = Array.from({ length }, (_, at) => nested(texts, from + at * size, rest));
  return `[${parts.join(',')}]`;
}

function wrong(message: string): ShoalError {
  return new ShoalError('invalid_request', `${message}.`);
}
