import fc from 'fast-check';
import { callTfs } from '../../../tests/support/tf-serving-calls';
import type { InferResponse } from '../../infer';
import { floats } from '../../../tests/support/servables';

async function answered(model: string, body: string): Promise<string> {
  const { status, text } = await callTfs(`${model}:predict`, body);
  expect([status, text]).toEqual([200, text]);
  return text;
}

async function refusal(model: string, body: string): Promise<string> {
  const { status, text, requests } = await callTfs(`${model}:predict`, body);
  const { error } = JSON.parse(text) as { error: string };
  expect([status, requests.length, error]).toEqual([400, 0, error]);
  return error;
}

describe(':predict', () => {
  it.each([
    ['rows', '{"instances":[[1,2.5],[3,4]]}', '{"predictions":[[1,2.5],[3,4]]}'],
    [
      'rows',
      '{"inputs":[[1,2.5],[3,4]]}',
      '{"outputs":[[1,2.5],[3,4]],"predictions":[[1,2.5],[3,4]]}',
    ],
    ['rows', '{"inputs":{"x":[[1,2.5]]}}', '{"outputs":[[1,2.5]],"predictions":[[1,2.5]]}'],
    ['rows', '{"instances":[{"x":[1,2]},{"x":[3,4]}]}', '{"predictions":[[1,2],[3,4]]}'],
    ['rows', ' { "instances" : [ [ NaN , -Infinity ] ] }', '{"predictions":[[NaN,-Infinity]]}'],
    [
      'rows',
      '{"signature_name":"serving_default","instances":[[1e3,2]],"id":7}',
      '{"predictions":[[1000,2]]}',
    ],
    ['rows', '{"signature_name":"","instances":[[1,2]]}', '{"predictions":[[1,2]]}'],
    [
      'longs',
      '{"instances":[[9007199254740993,-9223372036854775808]]}',
      '{"predictions":[[9007199254740993,-9223372036854775808]]}',
    ],
    [
      'longs',
      '{"instances":[{"x":[9007199254740993,1]}]}',
      '{"predictions":[[9007199254740993,1]]}',
    ],
    ['texts', '{"instances":["héllo",{"b64":"YQ=="}]}', '{"predictions":[["héllo"],["a"]]}'],
    [
      'texts',
      '{"inputs":{"t":[["b"],[{"b64":"YWJj"}]]}}',
      '{"outputs":[["b"],["abc"]],"predictions":[["b"],["abc"]]}',
    ],
    [
      'raw.v1',
      '{"instances":["a",{"b64":"w6k"}]}',
      '{"predictions":[{"b64":"YQ=="},{"b64":"w6k="}]}',
    ],
    ['raw.v1', '{"inputs":["a"]}', '{"outputs":[{"b64":"YQ=="}],"predictions":[{"b64":"YQ=="}]}'],
    ['flag', '{"instances":[true,false]}', '{"predictions":[true,false]}'],
    ['half', '{"instances":[[0.5,65504]]}', '{"predictions":[[0.5,65504]]}'],
    ['any', '{"instances":[[[1]],[[2]]]}', '{"predictions":[[[1]],[[2]]]}'],
    ['any', '{"inputs":5}', '{"outputs":5}'],
    [
      'pair',
      '{"instances":[{"a":[1,2],"b":0.5},{"b":2,"a":[3,4]}]}',
      '{"predictions":[{"sum":[1,2],"\\"b\\"":0.5},{"sum":[3,4],"\\"b\\"":2}]}',
    ],
    [
      'pair',
      '{"inputs":{"b":[0.5,2],"a":[[1,2],[3,4]]}}',
      '{"outputs":{"sum":[[1,2],[3,4]],"\\"b\\"":[0.5,2]},' +
        '"predictions":[{"sum":[1,2],"\\"b\\"":0.5},{"sum":[3,4],"\\"b\\"":2}]}',
    ],
    ['rate', '{"inputs":{"x":[[1,2]],"rate":16000}}', '{"outputs":{"y":[[1,2]],"rate":16000}}'],
  ])('%s is answered %s, in the keys of both protocols', async (model, body, expected) => {
    expect(await answered(model, body)).toBe(expected);
  });

  it.each([
    ['rows', '{"instances":{"x":1}}', /^Expected "instances" to be a list, got an object/],
    ['rows', '{}', /^Expected "instances" to be a list, or "inputs"/],
    ['rows', '{"instances":[[1,2]],"inputs":[[1,2]]}', /not both/],
    ['rows', '{"instances":[]}', /at least one/],
    ['rows', '{"instances":[[1,2],[3]]}', /same length/],
    ['rows', '{"instances":[[1,"2"]]}', /element 1 of FP32 must be a number, got "2"/],
    ['rows', '{"instances":[[1,null]]}', /got null/],
    ['rows', '{"instances":[{"x":[1,2]},[1,2]]}', /^instances\[1\]: wanted an object/],
    ['rows', '{"instances":[{"x":[1,2]},{"y":[1,2]}]}', /^instances\[1\].*it lacks 'x'/],
    ['rows', '{"instances":[{"x":[1,2],"z":1}]}', /it has 'z'/],
    ['rows', '{"instances":[[1,2]],"signature_name":"other"}', /'serving_default'.*got "other"/],
    ['rows', '[1]', /wanted an object/],
    ['rows', '', /No JSON/],
    ['rows', '{"instances":[[1,2]', /failed to parse/],
    ['longs', '{"instances":[[1.0,2]]}', /integer.*got 1 written as a decimal/],
    ['longs', '{"instances":[[1,9223372036854775808]]}', /integer/],
    ['flag', '{"instances":[1]}', /true or false/],
    ['texts', '{"instances":[{"b64":"_"}]}', /base64/],
    ['texts', '{"instances":[{"b64":"/w=="}]}', /not UTF-8/],
    ['texts', '{"instances":[1]}', /must be a string/],
    ['pair', '{"instances":[[1,2]]}', /has 2 inputs \('a', 'b'\)/],
    ['pair', '{"inputs":{"a":[[1,2]]}}', /lacks 'b'/],
    ['pair', '{"inputs":[1]}', /has 2 inputs/],
    ['sequence', '{"instances":[1]}', /no request can carry/],
  ])('refuses %s %s', async (model, body, message) => {
    expect(await refusal(model, body)).toMatch(message);
  });

  it('tells who has answered', async () => {
    const { headers, notes } = await callTfs('rows:predict', '{"instances":[[1,2],[3,4]]}');
    expect(headers).toEqual({
      'content-type': 'application/json',
      'shoal-modelhost': 'h-1',
      'shoal-batch-rows': '5',
    });
    expect(notes).toMatchObject({
      dialect: 'tfs',
      model: 'rows',
      version: '3',
      rows: 2,
      batchRows: 5,
      host: 'h-1',
    });
  });

  it('asks a version', async () => {
    const body = '{"instances":[[1,2]]}';
    const { requests } = await callTfs('rows/versions/3:predict', body);
    expect(requests).toMatchObject([{ model: 'rows', version: '3' }]);
    expect((await callTfs('rows/versions/4:predict', body)).status).toBe(404);
    expect((await callTfs('none:predict', body)).status).toBe(404);
  });

  it('gives a default answer as one', async () => {
    const { headers } = await callTfs('rows:predict', '{"instances":[[1,2]]}', {
      infer: () =>
        Promise.resolve({ ...response([floats('y', [1, 1], [7])]), defaultFor: 'no_host' }),
    });
    expect(headers['shoal-default-answer']).toBe('no_host');
  });

  it('says that an answer was kept', async () => {
    const kept = { ...response([floats('y', [1, 1], [7])]), fromCache: true } as const;
    const { headers } = await callTfs('rows:predict', '{"instances":[[1,2]]}', {
      infer: () => Promise.resolve(kept),
    });
    expect(headers['shoal-cache']).toBe('hit');
  });

  it('refuses time limits that are none', async () => {
    const headers = { 'shoal-timeout-ms': '1.5' };
    const { status } = await callTfs('rows:predict', '{"instances":[[1,2]]}', { headers });
    expect(status).toBe(400);
  });
});

function response(outputs: InferResponse['outputs']): InferResponse {
  return { model: 'rows', version: '3', outputs, host: 'h-1', batchRows: 1 };
}

/** Name, shape and data of what a model was asked. */
async function askedFor(model: string, body: string): Promise<unknown> {
  const { requests, text } = await callTfs(`${model}:predict`, body);
  expect([text, requests.length]).toEqual([text, 1]);
  return requests[0]!.inputs.map(({ name, datatype, shape, data }) => ({
    name,
    datatype,
    shape,
    data: Buffer.from(data).toString('hex'),
  }));
}

describe('the row form and the column form', () => {
  const numbers = fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );

  function nested(shape: readonly number[], next: () => unknown): unknown {
    const [size, ...inner] = shape;
    if (size === undefined) return next();
    return Array.from({ length: size }, () => nested(inner, next));
  }

  it('mean the same tensor, by the quick and by the general reader', async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, fc.infiniteStream(numbers), async (shape, stream) => {
        const value = nested(shape, () => stream.next().value);
        const json = JSON.stringify(value);
        const wanted = await askedFor('any', `{"instances":${json}}`);
        for (const body of [
          `{"inputs":${json}}`,
          `{"inputs":{"x":${json}}}`,
          `{"\\u0069nputs":${json}}`,
          `{"inst\\u0061nces":${json}}`,
          JSON.stringify({ instances: (value as unknown[]).map((x) => ({ x })) }),
        ]) {
          expect(await askedFor('any', body)).toEqual(wanted);
        }
      }),
    );
  });

  it('mean the same tensors of several inputs', async () => {
    const rows = fc.array(
      fc.record({
        a: fc.tuple(fc.integer({ min: -9, max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 5 })),
        b: fc.double({ noNaN: true, noDefaultInfinity: true }),
      }),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (instances) => {
        const inputs = { b: instances.map(({ b }) => b), a: instances.map(({ a }) => a) };
        const byRow = await askedFor('pair', JSON.stringify({ instances }));
        const byColumn = (await askedFor('pair', JSON.stringify({ inputs }))) as { name: string }[];
        expect(byColumn.sort((x, y) => (x.name < y.name ? -1 : 1))).toEqual(byRow);
      }),
    );
  });
});

describe('outputs without a row for each instance', () => {
  it.each([[[3, 1]], [[]], [[1]]])('of shape %j are refused in the row form', async (shape) => {
    const infer = (): Promise<InferResponse> =>
      Promise.resolve(response([floats('y', shape, [1, 2, 3].slice(0, shape[0] ?? 1))]));
    const byRow = await callTfs('rows:predict', '{"instances":[[1,2],[3,4]]}', { infer });
    expect(byRow.text).toMatch(/output 'y' has shape .* for 2 instances.*column form/);
    expect(byRow.status).toBe(400);
    const byColumn = await callTfs('rows:predict', '{"inputs":[[1,2],[3,4]]}', { infer });
    expect(byColumn.status).toBe(200);
    expect(Object.keys(JSON.parse(byColumn.text) as object)).toEqual(['outputs']);
  });

  it('may have rows without elements', async () => {
    const infer = (): Promise<InferResponse> =>
      Promise.resolve(response([floats('y', [2, 0], [])]));
    const { text } = await callTfs('rows:predict', '{"instances":[[1,2],[3,4]]}', { infer });
    expect(text).toBe('{"predictions":[[],[]]}');
    const byColumn = await callTfs('rows:predict', '{"inputs":[[1,2],[3,4]]}', { infer });
    expect(byColumn.text).toBe('{"outputs":[],"predictions":[[],[]]}');
  });
});
