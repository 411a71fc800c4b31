import { answerOf } from '../../tests/support/dialect-answer';
import { fakeCatalog } from '../../tests/support/fake-catalog';
import { servable, spec } from '../../tests/support/servables';
import { createFractalDialect } from '../dialects/fractal/fractal-dialect';
import { createSageMakerDialect } from '../dialects/sagemaker/sagemaker-dialect';
import { createTfServingDialect } from '../dialects/tf-serving/tf-serving-dialect';
import type { Dialect } from '../exchange';
import type { Infer } from '../infer';
import type { LargeForm, ReadLargeJson } from './large-json';
import { createParsePool } from './parse-pool';

const pool = createParsePool({ workers: 1, maxWaiting: 10 });
const forms: LargeForm[] = [];

afterAll(() => pool.close());

const readLargeJson: ReadLargeJson = (form, large) => {
  forms.push(form);
  return pool.read(form, large);
};

const echo: Infer = ({ model, inputs }) => {
  const outputs = inputs.map((tensor) => ({ ...tensor, name: 'y' }));
  return Promise.resolve({ model, version: '1', outputs, host: 'h', batchRows: 1 });
};

/** Every dialect whose JSON is read by the model's signature. */
function dialects(elsewhere: boolean): readonly Dialect[] {
  const parts = {
    infer: echo,
    catalog: fakeCatalog([servable([spec('x', [null, 2])], [spec('y', [null, 2])])]),
    readPicture: () => Promise.reject(new Error('no picture')),
    ...(elsewhere && { readLargeJson }),
  };
  return [
    createFractalDialect({ ...parts, prefix: '/api/v1/models' }),
    createTfServingDialect({ ...parts, clock: () => new Date(0) }),
    createSageMakerDialect({
      ...parts,
      defaultAccept: 'application/json',
      maxBodyBytes: 100_000_000,
      timeoutMs: Infinity,
    }),
  ];
}

const rows = JSON.stringify(Array.from({ length: 25_000 }, (_, at) => [at / 4, -at]));
const examples = JSON.stringify(Array.from({ length: 20_000 }, (_, at) => ({ x: [at, 1] })));
const flat = rows.replaceAll(/[[\]]/g, '');
const event = (call: string): string =>
  `{"specversion":"1.0","id":"1","source":"s","type":"t","data":${call}}`;
const eventType = 'application/cloudevents+json';
const tensor = `{"name":"x","datatype":"FP32","shape":[25000,2],"data":[${flat}]}`;
const fractal = '/api/v1/models/m/prediction';
const tfs = '/v1/models/m';
const endpoint = '/endpoints/m/invocations';

interface Case {
  readonly form: LargeForm;
  readonly path: string;
  readonly body: string;
  readonly type?: string;
}

const cases: readonly Case[] = [
  { form: 'prediction', path: fractal, body: `{"values":${rows}}` },
  { form: 'predict', path: `${tfs}:predict`, body: `{"instances":${rows}}` },
  { form: 'classify', path: `${tfs}:classify`, body: `{"examples":${examples}}` },
  {
    form: 'predict event',
    path: `${tfs}:predict`,
    body: event(`{"inputs":${rows}}`),
    type: eventType,
  },
  { form: 'invocation', path: endpoint, body: `{"instances":${rows}}` },
  { form: 'invocation', path: endpoint, body: `{"values":${rows},"id":"7"}` },
  { form: 'invocation', path: endpoint, body: `{"inputs":[${tensor}]}` },
];

async function answer(one: Case, elsewhere: boolean) {
  for (const dialect of dialects(elsewhere)) {
    const given = await answerOf(dialect, one);
    if (given !== undefined) return { status: given.status, text: given.text };
  }
  throw new Error(`${one.path} is nobody's`);
}

beforeEach(() => forms.splice(0));

test.each(cases)('large JSON at $path is read elsewhere: $form', async (one) => {
  const given = await answer(one, true);
  expect(forms).toEqual([one.form]);
  expect(given.status).toBe(200);
  expect(given).toEqual(await answer(one, false));
});

test.each(cases)('small or broken JSON at $path is answered alike: $form', async (one) => {
  const broken = { ...one, body: one.body.slice(0, -2) };
  const refused = await answer(broken, true);
  expect([400, 422]).toContain(refused.status);
  expect(refused).toEqual(await answer(broken, false));
  forms.splice(0);
  await answer({ ...one, body: '{}' }, true);
  expect(forms).toEqual([]);
});

test('what is read too late is answered, too', async () => {
  const one = { ...cases[1]!, headers: { 'shoal-timeout-ms': '20' } };
  const never: ReadLargeJson = () => new Promise(() => undefined);
  const dialect = createTfServingDialect({
    infer: echo,
    catalog: fakeCatalog([servable([spec('x', [null, 2])], [spec('y', [null, 2])])]),
    clock: () => new Date(0),
    readPicture: () => Promise.reject(new Error('no picture')),
    readLargeJson: never,
  });
  expect((await answerOf(dialect, one))?.status).toBe(504);
});
