import { isUtf8 } from 'node:buffer';
import { ShoalError } from '../../core/errors';
import { bytesElements } from '../bytes-elements';
import type { Servable } from '../catalog';
import type { Datatype } from '../datatype';
import type { JsonValue } from '../exact-json/json-value';
import { jsonText } from '../exact-json/read-json';
import { elementCount, type Tensor } from '../tensor';
import { isIntegerDatatype } from '../tensor-json/integer-ranges';
import { tensorFromJson } from '../tensor-json/tensor-from-json';
import { valuesToJson } from '../tensor-json/tensor-to-json';
import { carriedInputs, type CarriedSpec, type ContentCodec } from './content-codec';
import { csvField, csvLines } from './csv-text';
import { describeSpec, shapeOfRows } from './values-shape';

const type = 'text/csv';

/**
 * A line is a row. Of several inputs each takes its columns, in the model's order; so do outputs.
 * There is no line of names unless the type says `header=present`.
 */
export const csv: ContentCodec = {
  types: [type],
  read(body, servable, parameters) {
    const lines = csvLines(jsonText(body).replace(/^\ufeff/, ''));
    const first = parameters.get('header')?.toLowerCase() === 'present' ? 1 : 0;
    const rows = first === 0 ? lines : lines.slice(first);
    const columns = rows[0]?.length;
    if (columns === undefined) throw wrong('wanted at least one line with values, got none');
    const uneven = rows.findIndex((row) => row.length !== columns);
    if (uneven >= 0) {
      throw wrong(
        `wanted ${columns} values in each line, as in the first; line ${uneven + 1 + first} ` +
          `has ${rows[uneven]?.length ?? 0}`,
      );
    }
    return inputsOf(servable, rows, first);
  },
  write(outputs) {
    const rows = rowsOf(outputs);
    const columns = outputs.map((tensor) => ({
      texts: textsOf(tensor),
      width: rows === 0 ? 0 : elementCount(tensor.shape) / rows,
    }));
    let body = '';
    for (let row = 0; row < rows; row++) {
      const fields = columns.flatMap(({ texts, width }) =>
        texts.slice(row * width, (row + 1) * width),
      );
      body += `${fields.join(',')}\n`;
    }
    return { body };
  },
};

function inputsOf(servable: Servable, rows: string[][], skipped: number): Tensor[] {
  const specs = carriedInputs(servable);
  const columns = rows[0]?.length ?? 0;
  const widths = specs.length === 1 ? [columns] : specs.map(widthOf);
  const wanted = widths.reduce((all, width) => all + width, 0);
  if (wanted !== columns) {
    const each = specs.map((spec, at) => `${widths[at] ?? 0} of '${spec.name}'`).join(', ');
    throw wrong(`wanted ${wanted} values in each line (${each}), got ${columns}`);
  }
  let from = 0;
  return specs.map((spec, at) => {
    const to = from + (widths[at] ?? 0);
    const part = specs.length === 1 ? rows : rows.map((row) => row.slice(from, to));
    const tensor = tensorOf(spec, part, { line: skipped + 1, column: from + 1 });
    from = to;
    return tensor;
  });
}

/** Columns that one of several inputs takes. */
function widthOf({ name, shape }: CarriedSpec): number {
  const rest = (shape ?? [null, null]).slice(1);
  if (rest.every((dim) => typeof dim === 'number')) return rest.reduce((all, dim) => all * dim, 1);
  throw wrong(`input '${name}' takes any number of values, so that columns cannot be dealt out`);
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function tensorOf(spec: CarriedSpec, rows: readonly string[][], from: Position): Tensor {
  const width = rows[0]?.length ?? 0;
  const shape = shapeOfRows(spec, [rows.length, width]);
  if (shape === undefined) {
    throw wrong(
      `input '${spec.name}' wants ${describeSpec(spec)}; got ${rows.length} lines of ${width} values`,
    );
  }
  const read = readers(spec.datatype);
  const values: JsonValue[] = [];
  for (const [row, fields] of rows.entries()) {
    for (const [column, text] of fields.entries()) {
      const value = read(text);
      if (value === undefined) {
        throw wrong(
          `line ${from.line + row}, column ${from.column + column}: wanted ` +
            `${spec.datatype} for input '${spec.name}', got ${JSON.stringify(text.slice(0, 40))}`,
        );
      }
      values.push(value);
    }
  }
  return tensorFromJson(spec.name, spec.datatype, shape, values);
}

type ReadField = (text: string) => JsonValue | undefined;

function readers(datatype: Datatype): ReadField {
  if (datatype === 'BYTES') return (text) => text;
  if (datatype === 'BOOL') return readBool;
  return isIntegerDatatype(datatype) ? readInteger : readFloat;
}

const bools = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

const readBool: ReadField = (text) => bools.get(text.trim().toLowerCase());

const readInteger: ReadField = (text) => {
  const digits = text.trim();
  if (!/^[-+]?\d{1,40}$/.test(digits)) return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits.replace('+', ''));
};

const words = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['infinity', Infinity],
]);

const readFloat: ReadField = (text) => {
  const trimmed = text.trim();
  if (/^[-+.\deE]+$/.test(trimmed)) {
    const number = Number(trimmed);
    return Number.isNaN(number) ? undefined : number;
  }
  const negative = trimmed.startsWith('-');
  const word = words.get(trimmed.replace(/^[-+]/, '').toLowerCase());
  return word === undefined || !negative ? word : -word;
};

/** Lines of the answer: outputs lie beside each other, so all must have as many rows. */
function rowsOf(outputs: readonly Tensor[]): number {
  const [first] = outputs;
  const rows = first?.shape[0] ?? 1;
  const other = outputs.find(({ shape }) => (shape[0] ?? 1) !== rows);
  if (other === undefined) return rows;
  throw new ShoalError(
    'unrepresentable_output',
    `output '${other.name}' has ${other.shape[0] ?? 1} rows and '${first?.name ?? ''}' ${rows}, ` +
      'so that they cannot stand in the same lines of text/csv: accept JSON, or ask for one output.',
  );
}

const anyFloat = { nonFinite: 'words', nested: false } as const;

function textsOf(tensor: Tensor): string[] {
  if (tensor.datatype !== 'BYTES') {
    const list = valuesToJson(tensor, anyFloat).slice(1, -1);
    return list === '' ? [] : list.split(',');
  }
  return bytesElements(tensor.name, tensor.data).map((element, at) => {
    if (isUtf8(element)) return csvField(element.toString('utf8'));
    throw new ShoalError(
      'unrepresentable_output',
      `output '${tensor.name}': element ${at} is not UTF-8 and cannot be written as text/csv`,
    );
  });
}

function wrong(message: string): ShoalError {
  return new ShoalError('invalid_request', `${type}: ${message}.`);
}
