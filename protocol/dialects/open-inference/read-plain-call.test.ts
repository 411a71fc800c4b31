import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import fc from 'fast-check';
import { ShoalError } from '../../../core/errors';
import { anyCall, anyNumber, brokenCall, usualCall } from '../../../tests/support/arbitrary-calls';
import { processorMs } from '../../../tests/support/processor-ms';
import { jsonText } from '../../exact-json/read-json';
import type { InferCall } from './infer-call';
import { readInferCall } from './read-infer-call';
import { readPlainCall } from './read-plain-call';

function generally(json: Uint8Array): InferCall | undefined {
  try {
    return readInferCall(jsonText(json));
  } catch (error) {
    if (error instanceof ShoalError) return undefined;
    throw error;
  }
}

/** Data as plain bytes, so that views of different memory are equal. */
function comparable(call: InferCall): unknown {
  const inputs = call.inputs.map((tensor) => ({ ...tensor, data: Buffer.from(tensor.data) }));
  return { ...call, inputs };
}

/** True if the plain reader took it; then it must be what the general one makes of it. */
function agrees(text: string): boolean {
  const json = Buffer.from(text);
  const plain = readPlainCall(json);
  if (plain === undefined) return false;
  const general = generally(json);
  if (general === undefined) throw new Error(`only the plain reader takes ${text}`);
  expect(comparable(plain)).toEqual(comparable(general));
  return true;
}

describe('readPlainCall', () => {
  it('makes of a call what the general reader makes of it, or leaves it to that', () => {
    let taken = 0;
    fc.assert(
      fc.property(anyCall, (text) => {
        if (agrees(text)) taken++;
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it('makes of a shape small integers to V8, not doubles, as the general reader does', () => {
    setFlagsFromString('--allow-natives-syntax');
    const isOfIntegers = runInThisContext('(list) => %HasSmiElements(list)') as (
      list: readonly number[] | undefined,
    ) => boolean;
    const json = Buffer.from(usualCall);
    expect(isOfIntegers(generally(json)?.inputs[0]?.shape)).toBe(true);
    expect(isOfIntegers(readPlainCall(json)?.inputs[0]?.shape)).toBe(true);
  });

  it('takes nothing that the general reader refuses, wherever a call is broken', () => {
    fc.assert(
      fc.property(brokenCall, (text) => {
        agrees(text);
      }),
      { numRuns: 5000 },
    );
    expect(agrees(usualCall)).toBe(true);
  });

  it('takes no longer for each of many inputs than of few, nor does the general reader', () => {
    for (const read of [readPlainCall, generally]) {
      const [few, many] = [callOf(6_000), callOf(60_000)];
      expect(read(many)?.inputs).toHaveLength(60_000);
      // Ten times as many; comparing each with all before it takes a hundred times as long.
      const fewMs = Math.max(
        10,
        processorMs(() => read(few)),
      );
      expect(processorMs(() => read(many))).toBeLessThan(40 * fewMs);
    }
  });

  it('rounds every spelling of a number like JSON.parse', () => {
    let taken = 0;
    fc.assert(
      fc.property(anyNumber, anyNumber, (one, other) => {
        for (const type of ['FP32', 'FP64', 'INT64', 'UINT64', 'INT8']) {
          const data = `[${one},${other}]`;
          const head = `"name":"X","shape":[2],"datatype":"${type}"`;
          if (agrees(`{"inputs":[{${head},"data":${data}}]}`)) taken++;
        }
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(1000);
  });

  it.each([
    ['the short form', '{"inputs":[{"name":"X","shape":[1,2],"datatype":"FP32","data":[1,2.5]}]}'],
    ['spaces', '{"inputs": [{"name": "X", "shape": [2], "datatype": "FP32", "data": [1, 2]}]}\n'],
    [
      'lists in lists',
      '{"inputs":[{"name":"X","shape":[2,1],"datatype":"FP64","data":[[1],[2]]}]}',
    ],
    ['data first', '{"inputs":[{"data":[[1],[2]],"name":"X","datatype":"INT8","shape":[2,1]}]}'],
    [
      'floats',
      '{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[0.10000000149011612]}]}',
    ],
    ['exponents', '{"inputs":[{"name":"X","shape":[2],"datatype":"FP32","data":[1e-05,2E+3]}]}'],
    [
      'long integers',
      '{"inputs":[{"name":"X","shape":[1],"datatype":"INT64","data":[-9223372036854775808]}]}',
    ],
    ['truth', '{"inputs":[{"name":"X","shape":[2],"datatype":"BOOL","data":[true,false]}]}'],
    ['nothing', '{"inputs":[{"name":"X","shape":[0],"datatype":"FP32","data":[]}]}'],
    [
      'the other members',
      '{"id":"1","outputs":[{"name":"Y"}],"parameters":{"timeout":1},"inputs":[]}',
    ],
  ])('takes calls with %s', (_case, text) => {
    expect(agrees(text)).toBe(true);
  });

  it.each([
    ['a minus between numbers', '[1-2]'],
    ['no comma', '[1 2]'],
    ['a leading zero', '[01,2]'],
    ['a comma at the end', '[1,2,]'],
    ['a comma at the beginning', '[,1,2]'],
    ['too many values', '[1,2,3]'],
    ['too few', '[[1]]'],
    ['more nesting than usual', `${'['.repeat(20)}1,2${']'.repeat(20)}`],
    ['more brackets than opened', '[1,2]]'],
    ['words', '[NaN,1]'],
  ])('leaves data with %s to the general reader', (_case, data) => {
    const head = '"name":"X","shape":[2],"datatype":"FP32"';
    expect(agrees(`{"inputs":[{${head},"data":${data}}]}`)).toBe(false);
    expect(agrees(`{"inputs":[{"data":${data},${head}}]}`)).toBe(false);
  });

  it('makes no room for more than can have come', () => {
    const head = '"name":"X","shape":[2147483647],"datatype":"FP64"';
    expect(agrees(`{"inputs":[{${head},"data":[1]}]}`)).toBe(false);
  });

  it('reads a view into a larger body', () => {
    const text = '{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[2]}]}';
    const body = Buffer.from(`xx${text}yy`);
    const call = readPlainCall(body.subarray(2, 2 + text.length));
    expect(call?.inputs[0]?.name).toBe('X');
    expect(readPlainCall(body.subarray(2))).toBeUndefined();
  });

  it('keeps tensors of one memory apart', () => {
    const json = (value: number): Buffer =>
      Buffer.from(`{"inputs":[{"name":"X","shape":[3],"datatype":"INT8","data":[${value},2,3]}]}`);
    const read = Array.from({ length: 20_000 }, (_, at) => readPlainCall(json(at % 100)));
    for (const [at, call] of read.entries()) {
      if (call?.inputs[0]?.data[0] !== at % 100) throw new Error(`call ${at} was overwritten`);
    }
  });
});

function callOf(inputs: number): Buffer {
  const texts = Array.from(
    { length: inputs },
    (_, n) => `{"name":"a name of some length ${n}","shape":[0],"datatype":"FP32","data":[]}`,
  );
  return Buffer.from(`{"inputs":[${texts.join(',')}]}`);
}
