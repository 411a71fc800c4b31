import { answerOf, type DialectAnswer } from '../../tests/support/dialect-answer';
import { fakeCatalog } from '../../tests/support/fake-catalog';
import { floats, servable, spec } from '../../tests/support/servables';
import type { Dialect } from '../exchange';
import type { Infer, InferResponse } from '../infer';
import type { Tensor } from '../tensor';
import { createFractalDialect } from './fractal/fractal-dialect';
import { createOpenInferenceDialect } from './open-inference/open-inference-dialect';
import { catalogLoads } from './sagemaker/catalog-loads';
import { createSageMakerDialect } from './sagemaker/sagemaker-dialect';
import { createTfServingDialect } from './tf-serving/tf-serving-dialect';

const catalog = fakeCatalog([servable([spec('x', [null, 1])], [spec('y', [null, 1])])]);
const server = { serverName: 's', serverVersion: '1', ready: () => true };
const readPicture = (): never => {
  throw new Error('no picture');
};

function answering(output: Tensor, more: Partial<InferResponse> = {}): Infer {
  const response = { model: 'm', version: '7', outputs: [output], host: 'h', batchRows: 1 };
  return () => Promise.resolve({ ...response, ...more });
}

const dialects: Readonly<Record<string, (infer: Infer) => Dialect>> = {
  fractal: (infer) =>
    createFractalDialect({ infer, catalog, prefix: '/api/v1/models', readPicture }),
  tfs: (infer) => createTfServingDialect({ infer, catalog, clock: () => new Date(0), readPicture }),
  oip: (infer) => createOpenInferenceDialect({ infer, catalog, now: () => 0, ...server }),
  sagemaker: (infer) =>
    createSageMakerDialect({
      infer,
      catalog,
      readPicture,
      defaultAccept: 'application/json',
      maxBodyBytes: 1000,
      timeoutMs: 1000,
      hosting: {
        unhealthy: () => '',
        execution: { MaxConcurrentTransforms: 1, BatchStrategy: 'x', MaxPayloadInMB: 1 },
        invoked: '',
        loads: catalogLoads(catalog),
        starting: () => undefined,
      },
    }),
};

const lines = { accept: 'application/jsonlines' };
const open = '{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}]}';

interface Call {
  readonly path: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** By dialect: a call of one row. */
const calls: readonly (readonly [dialect: string, call: Call])[] = [
  ['fractal', { path: '/api/v1/models/m/prediction', body: '{"values":[1]}' }],
  ['fractal', { path: '/api/v1/models/m/prediction', body: '{"values":[1]}', headers: lines }],
  ['tfs', { path: '/v1/models/m:predict', body: '{"instances":[[1]]}' }],
  ['oip', { path: '/v2/models/m/infer', body: open, headers: lines }],
  ['sagemaker', { path: '/invocations', body: '[[1]]' }],
];

async function ask(dialect: string, call: Call, infer: Infer): Promise<DialectAnswer> {
  return (await answerOf(dialects[dialect]!(infer), call))!;
}

describe.each(calls)('%s %j', (dialect, call) => {
  test('an answer that cannot be written is noted as one, though it is refused', async () => {
    // TensorFlow Serving writes NaN into its JSON, but an answer has as many rows as the request.
    const output = dialect === 'tfs' ? floats('y', [2, 1], [1, 1]) : floats('y', [1, 1], [NaN]);
    const { text, notes } = await ask(dialect, call, answering(output));
    expect(JSON.parse(text)).toMatchObject({ code: 'unrepresentable_output' });
    expect(notes).toMatchObject({ model: 'm', version: '7', host: 'h', answered: true });
  });

  test('a default answer is none of the model', async () => {
    const infer = answering(floats('y', [1, 1], [1]), { host: '', defaultFor: 'no_host' });
    const { status, notes } = await ask(dialect, call, infer);
    expect([status, notes.version, notes.answered]).toEqual([200, '7', false]);
  });
});
