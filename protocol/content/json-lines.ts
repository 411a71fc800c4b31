import { ShoalError } from '../../core/errors';
import type { Signature } from '../signature';
import { readExactJson } from '../exact-json/exact-reader';
import type { JsonValue } from '../exact-json/json-value';
import { jsonText, losesIntegers, readJson } from '../exact-json/read-json';
import type { ContentCodec } from './content-codec';
import { predictionRows, tensorsOfInstances } from './instances';
import { textLines } from './text-lines';

/** A JSON value a line, each a row; answers have as many lines. */
export const jsonLines: ContentCodec = {
  types: ['application/jsonlines', 'application/x-jsonlines', 'application/x-ndjson'],
  read(body, servable) {
    const lines = textLines('application/jsonlines', jsonText(body));
    const instances = lines.flatMap((line, at) => {
      if (line.trim() === '') return [];
      return [lineOf(line, at, servable.signature)];
    });
    return tensorsOfInstances(instances, servable);
  },
  write: (outputs) => ({
    body: predictionRows(outputs)
      .map((row) => `${row}\n`)
      .join(''),
  }),
};

function lineOf(line: string, at: number, signature: Signature): JsonValue {
  try {
    return jsonFor(signature, line);
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    throw new ShoalError(error.code, `Line ${at + 1}: ${error.message}`);
  }
}

/**
 * JSON for these inputs. The exact reader is slower; it is needed only where an integer could come
 * out changed. Throws malformed_body.
 */
export function jsonFor({ inputs }: Signature, text: string): JsonValue {
  const integers = inputs.some((spec) => spec.datatype?.includes('INT') === true);
  return integers && losesIntegers(text) ? readExactJson(text) : readJson(text);
}
