import fc from 'fast-check';
import { errorBody } from '../../../core/envelope';
import { asShoalError, ShoalError } from '../../../core/errors';
import type { Catalog, Servable } from '../../catalog';
import type { Datatype } from '../../datatype';
import type { Infer, InferRequest } from '../../infer';
import type { Dimension, TensorSpec } from '../../signature';
import type { Tensor } from '../../tensor';
import { fakeExchange, type FakeCall, type FakeReply } from '../../../tests/support/fake-exchange';
import { floatsOf, servable as servableOf } from '../../../tests/support/servables';
import { createFractalDialect } from './fractal-dialect';

function spec(name: string, datatype: Datatype | null, shape: Dimension[] | null): TensorSpec {
  return { name, datatype, valueType: datatype === null ? 'seq(int64)' : 'tensor(x)', shape };
}

function servable(model: string, inputs: TensorSpec[], outputs: TensorSpec[]): Servable {
  return { ...servableOf(inputs, outputs), model, version: 3 };
}

const models = [
  servable(
    'iris',
    [spec('X', 'FP32', [null, 4])],
    [spec('label', 'INT64', [null]), spec('scores', 'FP32', [null, 3])],
  ),
  servable('longs', [spec('n', 'INT64', [null, 2])], [spec('m', 'INT64', [null, 2])]),
  servable('words', [spec('text', 'BYTES', [null, 1])], [spec('text', 'BYTES', [null, 1])]),
  servable(
    'add-sub',
    [spec('A', 'INT32', [null, 2]), spec('B', 'INT32', [null, 2])],
    [spec('sum', 'INT32', [null, 2])],
  ),
  servable('odd', [spec('s', null, null)], [spec('t', 'FP32', [null])]),
];

let refreshed = 0;

const catalog: Pick<Catalog, 'resolve' | 'refresh'> = {
  refresh() {
    refreshed += 1;
    return Promise.resolve();
  },
  resolve(model, version) {
    if (model === 'late' && refreshed === 0) throw new ShoalError('no_host', 'Nobody yet.');
    if (model === 'late') return models[0]!;
    const found = models.find((candidate) => candidate.model === model);
    if (found === undefined) throw new ShoalError('unknown_model', `No model '${model}'.`);
    if (version !== '' && version !== '3') throw new ShoalError('unknown_version', 'No version.');
    return found;
  },
};

const echo: Infer = (request) =>
  Promise.resolve({
    model: request.model,
    version: '3',
    outputs: request.inputs,
    host: 'h-1',
    batchRows: 5,
  });

/** Sends a call through a dialect like a server would; undefined where the path is not its own. */
async function send(call: FakeCall, infer: Infer = echo): Promise<FakeReply | undefined> {
  const dialect = createFractalDialect({
    infer,
    catalog: catalog as Catalog,
    prefix: '/api/v1/models',
    readPicture: (bytes, type, { model }) =>
      Promise.resolve(tensor(`${model} ${type}`, 'UINT8', [bytes.length], [...bytes])),
  });
  const replies: FakeReply[] = [];
  const exchange = fakeExchange(call, (reply) => replies.push(reply));
  try {
    const handler = dialect.match(exchange.method, exchange.path);
    if (handler === undefined) return undefined;
    await handler(exchange);
  } catch (thrown) {
    const body = errorBody(asShoalError(thrown), dialect.status);
    const text = JSON.stringify(body);
    return { status: body.http_status.code, headers: {}, text, bytes: Buffer.from(text) };
  }
  expect(replies).toHaveLength(1);
  return replies[0];
}

function tensor(name: string, datatype: Datatype, shape: number[], bytes: number[]): Tensor {
  return { name, datatype, shape, data: Uint8Array.from(bytes) };
}

const iris = '/api/v1/models/iris.onnx/prediction';

/** What the model was asked for a body that is accepted. */
async function asked(path: string, body: unknown): Promise<InferRequest> {
  const requests: InferRequest[] = [];
  const reply = await send(
    { path, body: typeof body === 'string' ? body : JSON.stringify(body) },
    (request, context) => {
      requests.push(request);
      return echo(request, context);
    },
  );
  expect(reply?.text).toContain('"code":200');
  return requests[0]!;
}

async function refused(call: FakeCall, status: number): Promise<string> {
  const reply = await send(call);
  const body = JSON.parse(reply!.text) as ReturnType<typeof errorBody>;
  expect(body).toMatchObject({ http_status: { code: status } });
  expect(reply!.status).toBe(status);
  return body.error;
}

describe('FRACTAL predictions', () => {
  test.each(['GET', 'POST'])("FRACTAL's own body by %s", async (method) => {
    const body = '{"values": [5.5, 3.5, 1.5, 0.25]}';
    const reply = await send({ method, path: iris, body });
    expect(reply!.headers).toMatchObject({ 'shoal-modelhost': 'h-1', 'shoal-batch-rows': '5' });
    expect(JSON.parse(reply!.text)).toEqual({
      http_status: { code: 200, name: 'OK', description: 'Prediction successful' },
      values: [[5.5, 3.5, 1.5, 0.25]],
      outputs: { X: [[5.5, 3.5, 1.5, 0.25]] },
      model: 'iris',
      version: 3,
    });
  });

  test('a list of rows, a version, an id and wanted outputs', async () => {
    const rows = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ];
    const body = { values: rows, id: 'mine', outputs: ['scores', 'label'] };
    const request = await asked('/api/v1/models/iris:3/prediction/', body);
    expect(request).toMatchObject({ model: 'iris', version: '3', id: 'mine' });
    expect(request.outputs).toEqual(['scores', 'label']);
    expect(request.inputs[0]).toMatchObject({ name: 'X', datatype: 'FP32', shape: [2, 4] });
    expect(floatsOf(request.inputs[0]!)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('inputs by name, as lists and with a shape of their own', async () => {
    const inputs = { B: { data: [3, 4], shape: [1, 2] }, A: [1, 2] };
    const request = await asked('/api/v1/models/add-sub/prediction', { inputs });
    expect(request.inputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['A', [1, 2]],
      ['B', [1, 2]],
    ]);
  });

  test('64-bit integers come back exactly', async () => {
    const path = '/api/v1/models/longs/prediction';
    const reply = await send({ path, body: '{"values":[9223372036854775807,-9007199254740993]}' });
    expect(reply!.text).toContain('"values":[[9223372036854775807,-9007199254740993]]');
  });

  test('strings, as a row and as a bare value', async () => {
    const path = '/api/v1/models/words/prediction';
    const reply = await send({ path, body: '{"values":["grüezi"]}' });
    expect(reply!.text).toContain('"values":[["grüezi"]]');
    const request = await asked(path, { inputs: { text: 'hi' } });
    expect(request.inputs[0]!.shape).toEqual([1, 1]);
  });

  test('it waits for the first host', async () => {
    const reply = await send({
      path: '/api/v1/models/late/prediction',
      body: '{"values":[1,2,3,4]}',
    });
    expect([reply!.status, refreshed]).toEqual([200, 1]);
  });

  test('a picture as body and as multipart field', async () => {
    const path = '/api/v1/models/iris/prediction';
    const raw = await send({ path, type: 'image/png', body: 'abc' });
    expect(raw!.text).toContain('"values":[97,98,99]');
    const body =
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\nab\r\n--x--\r\n';
    const form = await send({ path, type: 'multipart/form-data; boundary=x', body });
    expect(JSON.parse(form!.text)).toMatchObject({ outputs: { 'iris image/jpeg': [97, 98] } });
  });

  test('a scalar output is a list in values and bare in outputs', async () => {
    const infer: Infer = (request, context) =>
      echo({ ...request, inputs: [tensor('s', 'UINT8', [], [7])] }, context);
    const reply = await send({ path: iris, body: '{"values":[1,2,3,4]}' }, infer);
    expect(JSON.parse(reply!.text)).toMatchObject({ values: [7], outputs: { s: 7 } });
  });

  test.each([NaN, Infinity])('%p in an output is refused with its name', async (value) => {
    const data = new Uint8Array(new Float32Array([1, value]).buffer);
    const infer: Infer = (request, context) =>
      echo({ ...request, inputs: [{ name: 'p', datatype: 'FP32', shape: [2], data }] }, context);
    const reply = await send({ path: iris, body: '{"values":[1,2,3,4]}' }, infer);
    expect(reply!.status).toBe(422);
    expect(JSON.parse(reply!.text)).toMatchObject({
      code: 'unrepresentable_output',
      error: expect.stringContaining("'p'") as string,
    });
  });

  test.each([
    ['no JSON', '', /No JSON/],
    ['broken JSON', '{"values":[1,', /./],
    ['no object', '[1,2,3,4]', /wanted \{"values"/],
    ['no values', '{}', /No values in the body/],
    ['values that are no list', '{"values": 5}', /values: wanted a list, got 5/],
    ['an unknown field', '{"values":[1,2,3,4],"type_observation":1}', /'type_observation'/],
    ['both forms', '{"values":[1,2,3,4],"inputs":{}}', /not both/],
    ['a wrong type', '{"values":[1,2,"x",4]}', /'X': element 2 of FP32 must be a number, got "x"/],
    ['a wrong dimension', '{"values":[1,2,3]}', /'X' wants FP32\[\?, 4\].*\[3\]/],
    ['a wrong rank', '{"values":[[[1,2,3,4]]]}', /\[1, 1, 4\]/],
    ['an extra input', '{"inputs":{"X":[1,2,3,4],"Y":[1]}}', /no input 'Y'; it has X/],
    ['a missing input', '{"inputs":{}}', /'X' is missing/],
    ['an input named like a property', '{"inputs":{"__proto__":[1],"X":[1,2,3,4]}}', /__proto__/],
    ['an unknown output', '{"values":[1,2,3,4],"outputs":["nope"]}', /"nope".*label, scores/],
    ['a wrong id', '{"values":[1,2,3,4],"id":7}', /id: wanted a string/],
    ['a fractional shape', '{"inputs":{"X":{"data":[1],"shape":["1"]}}}', /inputs\.X/],
  ])('422 for %s', async (_what, body, message) => {
    expect(await refused({ path: iris, body }, 422)).toMatch(message);
  });

  test('422 for several inputs without their names', async () => {
    const path = '/api/v1/models/add-sub/prediction';
    const error = await refused({ path, body: '{"values":[1,2]}' }, 422);
    expect(error).toMatch(/2 inputs \('A', 'B'\): give them by name/);
  });

  test('422 for an input that no request can carry', async () => {
    const path = '/api/v1/models/odd/prediction';
    expect(await refused({ path, body: '{"values":[1]}' }, 422)).toMatch(/seq\(int64\)/);
  });

  test.each([
    ['/api/v1/models/nothing/prediction', 404],
    ['/api/v1/models/iris:9/prediction', 404],
    ['/api/v1/models/diabetes.pkl/prediction', 409],
    ['/api/v1/models/net.h5:2/prediction', 409],
    ['/api/v1/models/../prediction', 422],
    ['/api/v1/models/..%2f..%2fetc%2fpasswd/prediction', 422],
    ['/api/v1/models/a/b/prediction', 422],
    ['/api/v1/models/a%2Fb/prediction', 422],
    ['/api/v1/models/%zz/prediction', 422],
    ['/api/v1/models/iris:0/prediction', 422],
    ['/api/v1/models/iris%00/prediction', 422],
  ])('%s is answered %d', async (path, status) => {
    await refused({ path, body: '{"values":[1,2,3,4]}' }, status);
  });

  test('405 for other methods, 415 for other content', async () => {
    await refused({ method: 'DELETE', path: iris }, 405);
    await refused({ path: iris, type: 'text/plain', body: '1,2' }, 415);
  });

  test.each(['0', 'soon', '1e9', '1.5', ''])('422 for shoal-timeout-ms: %s', async (limit) => {
    const headers = { 'shoal-timeout-ms': limit };
    const error = await refused({ path: iris, body: '{"values":[1,2,3,4]}', headers }, 422);
    expect(error).toMatch(/shoal-timeout-ms/);
  });

  test.each(['/api/v1/models', '/api/v1/models/iris', '/api/v1/models/prediction', '/v2/x/infer'])(
    '%s is not its own',
    async (path) => {
      expect(await send({ path })).toBeUndefined();
    },
  );

  test('whatever the body, the answer is the envelope with its own status', async () => {
    const json = fc.json().map((text) => `{"values":${text}}`);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), json, fc.string()), async (body) => {
        const reply = await send({ path: iris, body });
        const parsed = JSON.parse(reply!.text) as { http_status: { code: number } };
        expect(parsed.http_status.code).toBe(reply!.status);
        expect([200, 422]).toContain(reply!.status);
      }),
    );
  });
});
