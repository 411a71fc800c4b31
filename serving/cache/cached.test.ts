import { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { InferContext, InferResponse, ResolvedRequest } from '../../protocol/infer';
import { generationParameter } from '../../protocol/link/http-parameters';
import { sharedTensor } from '../../protocol/tensor';
import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import { context, floats, floatsOf, request, servable, spec } from '../../tests/support/servables';
import { AnswerCache } from './answer-cache';
import { cached, mostHashedBytes } from './cached';

const plain = servable([spec('x', ['n', 1])], [spec('y', ['n', 1])]);
const caching = { maxBytes: null, ttlMs: null, sha256: versionEntry(1).sha256 };
const model: Servable = { ...plain, cache: caching };
const ask = (x: number, outputs: string[] = [], of = model): ResolvedRequest =>
  request(of, [floats('x', [1, 1], [x])], outputs);

interface Run {
  readonly request: ResolvedRequest;
  readonly context: InferContext;
  answer(): Promise<void>;
  fail(error: Error): Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A spine behind a cache whose runs are answered with twice the input when told to. */
function setUp(confirmed?: (servable: Servable) => Promise<boolean>) {
  const runs: Run[] = [];
  const looked: boolean[] = [];
  const models = [modelEntry('m')];
  const cache = new AnswerCache({
    maxBytes: 100_000,
    models: () => models,
    onEvicted: () => undefined,
  });
  const infer = cached(
    {
      cache,
      observe: (_servable, hit) => looked.push(hit),
      ...(confirmed === undefined ? {} : { confirmed }),
    },
    (asked, given) =>
      new Promise<InferResponse>((resolve, reject) => {
        const answer = async (): Promise<void> => {
          const values = floatsOf(asked.inputs[0]!).map((value) => 2 * value);
          const outputs = [floats('y', [1, values.length], values)];
          resolve({ model: 'm', version: '1', outputs, host: 'h', batchRows: 1 });
          await turn();
        };
        const fail = async (error: Error): Promise<void> => {
          reject(error);
          await turn();
        };
        runs.push({ request: asked, context: given, answer, fail });
      }),
  );
  const settled = async (asked: Promise<InferResponse>): Promise<InferResponse> => {
    await turn();
    await runs.at(-1)!.answer();
    return asked;
  };
  return { infer, runs, looked, settled };
}

const late = new ShoalError('deadline_exceeded', 'too late');

test('what was answered before is answered again, byte for byte, without a run', async () => {
  const { infer, runs, looked, settled } = setUp();
  const first = await settled(infer(ask(3), context()));
  expect(first).toMatchObject({ host: 'h', batchRows: 1 });
  expect(first).not.toHaveProperty('fromCache');
  const again = await infer(ask(3), context());
  expect(again).toMatchObject({ version: '1', host: '', batchRows: 0, fromCache: true });
  expect(again.outputs).toEqual(first.outputs);
  expect([runs.length, looked]).toEqual([1, [false, true]]);
});

test.each<[string, ResolvedRequest]>([
  ['other values', ask(4)],
  ['another shape', request(model, [floats('x', [1], [3])])],
  ['outputs by name', ask(3, ['y'])],
  ['another version', ask(3, [], { ...model, version: 2 })],
  ['another file', ask(3, [], { ...model, cache: { ...caching, sha256: 'f'.repeat(64) } })],
])('%s are another question', async (_what, other) => {
  const { infer, runs, settled } = setUp();
  await settled(infer(ask(3), context()));
  await settled(infer(other, context()));
  expect(runs).toHaveLength(2);
});

test.each<[string, ResolvedRequest]>([
  ['a model that does not want it', ask(3, [], plain)],
  [
    'what an inferrer has looked for',
    { ...ask(3), parameters: new Map([[generationParameter, 1]]) },
  ],
  [
    'shared memory, which is not read',
    request(model, [
      sharedTensor(floats('x', [1, 1], [3]), { bytes: 4 } as never, () => {
        throw new Error('read');
      }),
    ]),
  ],
])('passed by: %s', async (_what, asked) => {
  const { infer, runs, looked } = setUp();
  void infer(asked, context());
  void infer(asked, context());
  await turn();
  expect([runs.length, looked]).toEqual([2, []]);
});

test('errors and default answers are not kept', async () => {
  const { infer, runs, settled } = setUp();
  const failing = infer(ask(3), context());
  await Promise.all([
    expect(failing).rejects.toThrow('no'),
    turn().then(() => runs[0]!.fail(new ShoalError('run_failed', 'no'))),
  ]);
  expect(await settled(infer(ask(3), context()))).not.toHaveProperty('fromCache');
});

test('the same asked at the same time is computed once', async () => {
  const { infer, runs, looked } = setUp();
  const all = [1, 2, 3].map(() => infer(ask(3), context()));
  await turn();
  expect(runs).toHaveLength(1);
  await runs[0]!.answer();
  const answers = await Promise.all(all);
  expect(answers.map(({ fromCache }) => fromCache)).toEqual([undefined, true, true]);
  expect(new Set(answers.map(({ outputs }) => floatsOf(outputs[0]!)[0]))).toEqual(new Set([6]));
  expect(looked.sort()).toEqual([false, true, true]);
});

test('a run is wanted as long as anybody is there', async () => {
  const { infer, runs } = setUp();
  const first = { ...context(), gone: false };
  const second = { ...context(), gone: false };
  const both = [infer(ask(3), first), infer(ask(3), second)];
  await turn();
  const shared = runs[0]!.context;
  expect(shared.gone).toBe(false);
  first.gone = true;
  expect(shared.gone).toBe(false);
  second.gone = true;
  expect(shared.gone).toBe(true);
  await runs[0]!.answer();
  await Promise.all(both);
});

test('who has more time than the first asks for itself, once for all of them', async () => {
  const { infer, runs } = setUp();
  const first = infer(ask(3), context());
  const others = [1, 2].map(() => infer(ask(3), context()));
  await turn();
  await Promise.all([expect(first).rejects.toThrow('too late'), runs[0]!.fail(late)]);
  await turn();
  expect(runs).toHaveLength(2);
  await runs[1]!.answer();
  expect((await Promise.all(others)).map(({ fromCache }) => fromCache)).toEqual([undefined, true]);
});

test('who has less time than the first is answered in its own', async () => {
  const { infer, runs, settled } = setUp();
  const first = infer(ask(3), context());
  await turn();
  const hasty = infer(ask(3), context({ deadline: performance.now() + 5 }));
  await expect(hasty).rejects.toMatchObject({ code: 'deadline_exceeded' });
  expect(runs).toHaveLength(1);
  expect(await settled(first)).toMatchObject({ host: 'h' });
});

test('what the model makes of the input counts for all who asked it', async () => {
  const { infer, runs } = setUp();
  const all = [1, 2].map(() => infer(ask(3), context()));
  await turn();
  const failed = Promise.all(all.map((one) => expect(one).rejects.toThrow('no')));
  await runs[0]!.fail(new ShoalError('run_failed', 'no'));
  await failed;
  expect(runs).toHaveLength(1);
});

test('nothing is used, neither kept nor under way, that is not confirmed', async () => {
  let current = true;
  const { infer, runs, looked, settled } = setUp(() => Promise.resolve(current));
  await settled(infer(ask(3), context()));
  current = false;
  await settled(infer(ask(3), context()));
  void infer(ask(4), context());
  void infer(ask(4), context());
  await turn();
  expect([runs.length, looked]).toEqual([4, [false, false, false, false]]);
  current = true;
  expect(await infer(ask(3), context())).toMatchObject({ fromCache: true });
});

test('who waits for the confirmation longer than it can is told so in time', async () => {
  const confirming = { ask: () => Promise.resolve(true) };
  const { infer, settled } = setUp(() => confirming.ask());
  await settled(infer(ask(3), context()));
  confirming.ask = () => new Promise(() => undefined);
  const hasty = infer(ask(3), context({ deadline: performance.now() + 5 }));
  await expect(hasty).rejects.toMatchObject({ code: 'deadline_exceeded' });
});

test('inputs that take long to hash are not looked up', () => {
  const { infer, runs, looked } = setUp();
  for (const values of [mostHashedBytes / 4, mostHashedBytes / 4 + 1]) {
    const data = new Uint8Array(4 * values);
    const input = { name: 'x', datatype: 'FP32', shape: [values, 1], data } as const;
    void infer(request(model, [input], []), context());
  }
  expect([runs.length, looked]).toEqual([2, [false]]);
});
