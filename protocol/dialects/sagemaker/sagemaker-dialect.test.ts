import { bytesOf, numpyFile } from '../../../tests/support/content';
import { answerOf, type DialectAnswer } from '../../../tests/support/dialect-answer';
import { fakeCatalog } from '../../../tests/support/fake-catalog';
import type { FakeCall } from '../../../tests/support/fake-exchange';
import { servable, spec } from '../../../tests/support/servables';
import { contentAnswer } from '../../content/codecs';
import type { Infer } from '../../infer';
import { tensorFromJson } from '../../tensor-json/tensor-from-json';
import { catalogLoads } from './catalog-loads';
import type { Hosting } from './hosting';
import { createSageMakerDialect, type SageMakerDialectParts } from './sagemaker-dialect';

const longs = servable([spec('n', [null, 2], 'INT64')], [spec('n', [null, 2], 'INT64')]);
const catalog = fakeCatalog([longs]);

const echo: Infer = (request) => {
  const { model, inputs: outputs } = request;
  return Promise.resolve({ model, version: '1', outputs, host: 'h', batchRows: 1 });
};

const hosting: Hosting = {
  unhealthy: () => '',
  execution: { MaxConcurrentTransforms: 8, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 },
  invoked: '',
  loads: catalogLoads(catalog),
  starting: () => undefined,
};

const parts: SageMakerDialectParts = {
  infer: echo,
  catalog,
  readPicture: () => Promise.reject(new Error('no picture')),
  defaultAccept: 'application/json',
  maxBodyBytes: 1000,
  timeoutMs: 1000,
  hosting,
};

async function ask(
  call: Partial<FakeCall>,
  changed: Partial<SageMakerDialectParts> = {},
): Promise<DialectAnswer> {
  const dialect = createSageMakerDialect({ ...parts, ...changed });
  return (await answerOf(dialect, { path: '/invocations', ...call }))!;
}

describe('/invocations: the same rows by each content type', () => {
  const rows = tensorFromJson(
    'n',
    'INT64',
    [2, 2],
    [
      [9007199254740993n, -1],
      [2, 3],
    ],
  );
  const open =
    '{"inputs":[{"name":"n","shape":[2,2],"datatype":"INT64","data":[9007199254740993,-1,2,3]}]}';
  const list = '[[9007199254740993,-1],[2,3]]';
  const binary = Buffer.concat([
    Buffer.from(
      '{"inputs":[{"name":"n","shape":[2,2],"datatype":"INT64","parameters":{"binary_data_size":32}}]}',
    ),
    Buffer.from(rows.data),
  ]);
  const binaryType = `application/vnd.sagemaker-triton.binary+json;json-header-size=${binary.length - 32}`;
  const raw = (type: string): Buffer => bytesOf(contentAnswer(type, [rows]).body);

  it.each([
    ['application/json', open],
    ['application/json', list],
    ['application/json; charset=utf-8', `{"instances":${list}}`],
    ['application/json', `{"instances":[{"n":[9007199254740993,-1]},{"n":[2,3]}]}`],
    ['application/json', `{"values":${list}}`],
    ['application/json', `{"inputs":${list}}`],
    ['application/json', `{"inputs":{"n":${list}}}`],
    ['text/csv', '9007199254740993,-1\n2,3'],
    ['application/jsonlines', '[9007199254740993,-1]\n[2,3]'],
    ['application/x-npy', raw('application/x-npy')],
    ['application/x-npz', raw('application/x-npz')],
    ['application/octet-stream', Buffer.from(rows.data)],
    [binaryType, binary],
  ])('%s: %s', async (type, body) => {
    const csv = await ask({ type, body, headers: { accept: 'text/csv' } });
    expect([csv.status, csv.text]).toEqual([200, '9007199254740993,-1\n2,3\n']);
    expect(csv.headers).toMatchObject({ 'content-type': 'text/csv', 'shoal-modelhost': 'h' });
  });

  it('JSON is answered in the form of the question', async () => {
    const text = async (body: string): Promise<string> => (await ask({ body })).text;
    expect(await text(list)).toBe(`{"predictions":${list}}`);
    expect(await text(`{"instances":${list}}`)).toBe(`{"predictions":${list}}`);
    expect(await text(`{"values":${list}}`)).toContain(`"values":${list}`);
    expect(await text(open)).toMatch(/^\{"model_name":"m".*"data":\[9007199254740993,-1,2,3\]/);
  });

  it('binary outputs come as they were wanted, and as JSON where only that is accepted', async () => {
    const body = open.replace(/\}$/, ',"parameters":{"binary_data_output":true}}');
    const answer = await ask({ body });
    const length = Number(/json-header-size=(\d+)$/.exec(answer.headers['content-type']!)![1]);
    expect(answer.bytes.subarray(length)).toEqual(Buffer.from(rows.data));
    const json = await ask({ body, headers: { accept: 'application/json' } });
    expect(json.headers['content-type']).toBe('application/json');
    expect(json.text).toContain('"data":[9007199254740993');
  });

  it('answers have the default type where the caller does not mind', async () => {
    const changed = { defaultAccept: 'application/x-npy' };
    for (const headers of [{}, { accept: '*/*' }]) {
      const answer = await ask({ body: list, headers }, changed);
      expect(answer.headers['content-type']).toBe('application/x-npy');
    }
    const json = await ask({ body: list, headers: { accept: 'application/json' } }, changed);
    expect(json.headers['content-type']).toBe('application/json');
  });
});

describe('/invocations refuses', () => {
  it.each([
    [{ type: 'text/html', body: '<p>' }, 415],
    [{ body: '[[1,2]]', headers: { accept: 'image/png' } }, 406],
    [{ body: '"text"' }, 400],
    [{ body: '{"rows":[[1,2]]}' }, 400],
    [{ body: '[[1,2]' }, 400],
    [{ body: '[]' }, 400],
    [{ type: 'application/x-npy', body: numpyFile('strings') }, 400],
    [{ body: `[[1,2]]${' '.repeat(1000)}` }, 413],
    [{ body: '[[1,2]]', headers: { 'content-length': '1001' } }, 413],
    [{ method: 'GET' }, 405],
  ] as const)('%j: %d', async (call, status) => {
    expect((await ask(call)).status).toBe(status);
  });

  it('to guess among several models, or to ask none', async () => {
    const two = fakeCatalog([longs, { ...longs, model: 'other' }]);
    const several = { catalog: two, hosting: { ...hosting, loads: catalogLoads(two) } };
    const guess = await ask({ body: '[[1,2]]' }, several);
    expect([guess.status, guess.text]).toEqual([400, expect.stringContaining('SAGEMAKER_MODEL')]);
    const named = { ...several, hosting: { ...several.hosting, invoked: 'other:1' } };
    expect((await ask({ body: '[[1,2]]' }, named)).notes.model).toBe('other');
    const none = { hosting: { ...hosting, loads: catalogLoads(fakeCatalog([])) } };
    expect((await ask({ body: '[[1,2]]' }, none)).status).toBe(404);
  });

  it('to wait longer than an invocation may take', async () => {
    const starting = (): Promise<void> => new Promise(() => undefined);
    const none = catalogLoads(fakeCatalog([]));
    const changed = { timeoutMs: 50, hosting: { ...hosting, starting, loads: none } };
    expect((await ask({ body: '[[1,2]]' }, changed)).status).toBe(404);
  });
});

test('/invocations waits for the models of the start', async () => {
  let begin: () => void = () => undefined;
  let there = fakeCatalog([]);
  const begun = new Promise<void>((resolve) => {
    begin = () => {
      there = catalog;
      resolve();
    };
  });
  const loads = { ...hosting.loads, list: () => catalogLoads(there).list() };
  const answer = ask(
    { body: '[[1,2]]' },
    { hosting: { ...hosting, loads, starting: () => begun } },
  );
  begin();
  expect((await answer).status).toBe(200);
});

describe('/ping', () => {
  it('is 200 with nothing', async () => {
    const answer = await ask({ method: 'GET', path: '/ping' });
    expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
  });

  it('is 503 with the reason where the container is not healthy', async () => {
    const changed = { hosting: { ...hosting, unhealthy: () => 'it is broken' } };
    const answer = await ask({ method: 'GET', path: '/ping' }, changed);
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('it is broken')]);
  });
});

test('/execution-parameters', async () => {
  const { text } = await ask({ method: 'GET', path: '/execution-parameters' });
  expect(JSON.parse(text)).toEqual(hosting.execution);
});

describe('/models of a repository', () => {
  it('are listed, shown and asked', async () => {
    const model = { modelName: 'm', modelUrl: 'repository/m' };
    const list = await ask({ method: 'GET', path: '/models' });
    expect(JSON.parse(list.text)).toEqual({ models: [model] });
    expect(JSON.parse((await ask({ method: 'GET', path: '/models/m' })).text)).toEqual(model);
    expect((await ask({ path: '/models/m/invoke', body: '[[1,2]]' })).status).toBe(200);
  });

  it.each([
    [{ method: 'GET', path: '/models/other' }, 404],
    [{ path: '/models/other/invoke', body: '[[1,2]]' }, 404],
    [{ path: '/models', body: '{"model_name":"x","url":"/opt/ml/models/x"}' }, 501],
    [{ path: '/models', body: '{"model_name":"x"}' }, 400],
    [{ path: '/models', body: '{"url":"/opt/ml/models/x"}' }, 400],
    [{ path: '/models', body: '[]' }, 400],
    [{ method: 'DELETE', path: '/models/m' }, 501],
    [{ method: 'PUT', path: '/models/m' }, 405],
    [{ method: 'GET', path: '/models/%zz' }, 400],
  ])('%j: %d', async (call, status) => {
    expect((await ask(call)).status).toBe(status);
  });
});

describe('/endpoints/<m>/invocations', () => {
  const only: Partial<SageMakerDialectParts> = { infer: echo };
  const path = '/endpoints/m/invocations';

  it('names the version that has answered', async () => {
    const answer = await ask({ path, body: '[[1,2]]' }, only);
    expect(answer.headers).toMatchObject({ 'x-amzn-invoked-production-variant': '1' });
  });

  it.each([
    [{ 'x-amzn-sagemaker-target-variant': 'AllTraffic' }, ['m', '1', 200]],
    [{ 'x-amzn-sagemaker-target-variant': '1' }, ['m', '1', 200]],
    [{ 'x-amzn-sagemaker-target-variant': '2' }, ['m', '2', 404]],
    [{ 'x-amzn-sagemaker-target-model': 'folder/m.tar.gz' }, ['m', '1', 200]],
    [{ 'x-amzn-sagemaker-target-model': 'other.tar.gz' }, ['other', '', 404]],
  ])('%j', async (headers, [model, version, status]) => {
    const answer = await ask({ path, body: '[[1,2]]', headers }, only);
    expect([answer.notes.model, answer.notes.version, answer.status]).toEqual([
      model,
      version,
      status,
    ]);
  });

  it("tells errors in the clients' words too", async () => {
    const answer = await ask({ path, type: 'text/html', body: '' }, only);
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([415, 'ValidationError']);
    const body = JSON.parse(answer.text) as Record<string, string>;
    expect(body['message']).toBe(body['error']);
  });

  it('is all there is where nothing is hosted', async () => {
    const { infer, readPicture, defaultAccept, maxBodyBytes, timeoutMs } = parts;
    const inferrer = { infer, catalog, readPicture, defaultAccept, maxBodyBytes, timeoutMs };
    const dialect = createSageMakerDialect(inferrer);
    expect(await answerOf(dialect, { path, body: '[[1,2]]' })).toMatchObject({ status: 200 });
    for (const own of ['/ping', '/invocations', '/models', '/models/m']) {
      expect(await answerOf(dialect, { path: own, body: '[[1,2]]' })).toBeUndefined();
    }
  });
});
