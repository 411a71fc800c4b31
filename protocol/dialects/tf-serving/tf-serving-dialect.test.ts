import { answerOf } from '../../../tests/support/dialect-answer';
import { fakeCatalog } from '../../../tests/support/fake-catalog';
import { servable, spec } from '../../../tests/support/servables';
import { echo } from '../../../tests/support/tf-serving-calls';
import { ShoalError } from '../../../core/errors';
import type { Catalog, ModelEntry } from '../../catalog';
import { modelRoute } from './routes';
import { createTfServingDialect } from './tf-serving-dialect';

const iris = servable(
  [spec('x', [null, 4]), spec('t', ['batch', 1], 'BYTES'), spec('s', [], 'INT64')],
  [spec('y', null), spec('map', null, null), spec('h', [2], 'FP16')],
);
const served = fakeCatalog([
  { ...iris, model: 'iris.v1', version: 1 },
  { ...iris, model: 'iris.v1', version: 2 },
  { ...iris, model: 'loading' },
]);

/** `loading` has a version that is not ready and one that has failed; `stable` is a label. */
const catalog: Catalog = {
  ...served,
  resolve(model, version) {
    if (version === 'stable') return served.resolve(model, '1');
    if (model !== 'loading') return served.resolve(model, version);
    throw new ShoalError('model_not_ready', 'it is loading', { retryAfter: 1 });
  },
  model(name): ModelEntry {
    const entry = { ...served.model(name), labels: { stable: 1 } };
    const [first] = entry.versions;
    if (name !== 'loading') return entry;
    return {
      ...entry,
      versions: [
        { ...first!, version: 1, state: 'failed', reason: 'no memory' },
        { ...first!, version: 2, state: 'loading' },
      ],
    };
  },
};

const dialect = createTfServingDialect({
  infer: echo,
  catalog,
  clock: () => new Date(0),
  readPicture: () => Promise.reject(new Error('no picture')),
});

async function get(path: string): Promise<[number, unknown]> {
  const answer = await answerOf(dialect, { method: 'GET', path });
  return [answer!.status, JSON.parse(answer!.text)];
}

function available(...versions: string[]): object[] {
  const status = { error_code: 'OK', error_message: '' };
  return versions.map((version) => ({ version, state: 'AVAILABLE', status }));
}

describe('pages of models', () => {
  it('lists the names, as KServe does', async () => {
    expect(await get('/v1/models')).toEqual([200, { models: ['iris.v1', 'loading'] }]);
  });

  it.each([
    ['/v1/models/iris.v1', ['2', '1']],
    ['/v1/models/iris.v1/versions/1', ['1']],
    ['/v1/models/iris.v1/labels/stable', ['1']],
  ])('%s has the keys of both', async (path, versions) => {
    const status = { model_version_status: available(...versions), name: 'iris.v1', ready: true };
    expect(await get(path)).toEqual([200, status]);
  });

  it('says of what is not ready where it stands', async () => {
    expect(await get('/v1/models/loading')).toEqual([
      503,
      expect.objectContaining({
        code: 'model_not_ready',
        name: 'loading',
        ready: false,
        model_version_status: [
          { version: '2', state: 'LOADING', status: { error_code: 'OK', error_message: '' } },
          {
            version: '1',
            state: 'END',
            status: { error_code: 'UNKNOWN', error_message: 'no memory' },
          },
        ],
      }),
    ]);
  });

  it.each([
    '/v1/models/none',
    '/v1/models/none/metadata',
    '/v1/models/iris.v1/versions/7',
    '/v1/models/iris.v1/labels/none',
  ])('%s is 404', async (path) => {
    const [status, body] = await get(path);
    expect([status, Object.keys(body as object)]).toEqual([
      404,
      expect.not.arrayContaining(['name']),
    ]);
  });

  it('has metadata in TensorFlow Serving’s words', async () => {
    expect(await get('/v1/models/iris.v1/versions/1/metadata')).toEqual([
      200,
      {
        model_spec: { name: 'iris.v1', signature_name: '', version: '1' },
        metadata: {
          signature_def: {
            signature_def: {
              serving_default: {
                inputs: {
                  x: {
                    dtype: 'DT_FLOAT',
                    tensor_shape: {
                      dim: [
                        { size: '-1', name: '' },
                        { size: '4', name: '' },
                      ],
                      unknown_rank: false,
                    },
                    name: 'x',
                  },
                  t: {
                    dtype: 'DT_STRING',
                    tensor_shape: {
                      dim: [
                        { size: '-1', name: 'batch' },
                        { size: '1', name: '' },
                      ],
                      unknown_rank: false,
                    },
                    name: 't',
                  },
                  s: {
                    dtype: 'DT_INT64',
                    tensor_shape: { dim: [], unknown_rank: false },
                    name: 's',
                  },
                },
                outputs: {
                  y: {
                    dtype: 'DT_FLOAT',
                    tensor_shape: { dim: [], unknown_rank: true },
                    name: 'y',
                  },
                  h: {
                    dtype: 'DT_HALF',
                    tensor_shape: { dim: [{ size: '2', name: '' }], unknown_rank: false },
                    name: 'h',
                  },
                },
                method_name: 'tensorflow/serving/predict',
              },
            },
          },
        },
      },
    ]);
  });
});

describe('paths', () => {
  it.each([
    ['/v1/models/m', 'status', 'm', ''],
    ['/v1/models/m.onnx/metadata', 'metadata', 'm.onnx', ''],
    ['/v1/models/m.2:predict', 'predict', 'm.2', ''],
    ['/v1/models/predict:regress', 'regress', 'predict', ''],
    ['/v1/models/m/versions/12:classify', 'classify', 'm', '12'],
    ['/v1/models/m/labels/a.b-c_1:explain', 'explain', 'm', 'a.b-c_1'],
    ['/v1/models/m/labels/versions/metadata', 'metadata', 'm', 'versions'],
    ['/v1/models/versions/versions/1', 'status', 'versions', '1'],
  ])('%s', (path, action, segment, version) => {
    expect(modelRoute(path)).toEqual({ action, segment, version });
  });

  it.each([
    '/v1/models/',
    '/v1/models/m:3',
    '/v1/models/m:3:predict',
    '/v1/models/m:predicts',
    '/v1/models/m/predict',
    '/v1/models/m/versions/x',
    '/v1/models/m/versions/1/labels/a',
    '/v1/models/m/labels/3',
    '/v1/models/a/b',
    '/v2/models/m',
  ])('%s is not its own', (path) => {
    expect(dialect.match('GET', path)).toBeUndefined();
  });

  it.each([
    ['POST', '/v1/models', 'GET'],
    ['POST', '/v1/models/m', 'GET'],
    ['PUT', '/v1/models/m/metadata', 'GET'],
    ['GET', '/v1/models/m:predict', 'POST'],
  ])('%s %s is refused', (method, path, allow) => {
    const wrong = (): unknown => dialect.match(method, path);
    expect(wrong).toThrow(expect.objectContaining({ code: 'method_not_allowed' }) as Error);
    expect(wrong).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ headers: { allow } }) as object,
      }) as Error,
    );
  });
});
