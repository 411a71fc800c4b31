import { writeAddOne, writeEightRows } from '../../tests/support/made-models';
import { floats, floatsOf } from '../../tests/support/servables';
import {
  replied,
  startRunner,
  type Loaded,
  type StartedRunner,
} from '../../tests/support/started-runner';
import type { WarmUp } from '../model-config/warm-up';
import type { Session } from './session';
import { warmUp } from './warm-up';

let runner: StartedRunner;
let addOne: string;

beforeAll(async () => {
  runner = await startRunner();
  addOne = writeAddOne(runner.directory);
});
afterAll(() => runner.end());
afterEach(() => jest.restoreAllMocks());

async function answerOf(model: string): Promise<number[]> {
  const inputs = [floats('x', [1, 3], [1, 2, 3])];
  return floatsOf(replied(await runner.send({ model, inputs })).outputs[0]!);
}

const form = { name: 'x', datatype: 'FP32', flavour: 'varied' } as const;
const warm = (field: string, shape: number[], count = 1): WarmUp => ({
  field,
  count,
  seed: 1,
  inputs: [{ ...form, shape }],
});

const preferred = 'dynamic_batching.preferred_batch_size';
const example = (field: string, shape: number[], count = 1): WarmUp => ({
  ...warm(field, shape, count),
  exampleRows: shape[0]!,
});

/** Each of its runs takes so many milliseconds of a clock that only it moves. */
function slowSession(runMs: number): Session {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return {
    run: () => {
      now += runMs;
      return Promise.resolve([]);
    },
    release: () => Promise.resolve(),
  };
}

test('what has to run before it is ready runs, filled up where that is wanted', async () => {
  const eightRows = writeEightRows(runner.directory);
  await runner.load(addOne, ['y'], {
    model: 'warm',
    warmUps: [warm('w', [1, 3]), warm('w', [5, 3])],
  });
  await runner.load(eightRows, ['y'], { model: 'padded', padTo: 8, warmUps: [warm('w', [2, 3])] });
  expect(await answerOf('warm')).toEqual([2, 3, 4]);
  await expect(
    runner.load(eightRows, ['y'], { model: 'bare', warmUps: [warm('w', [2, 3])] }),
  ).rejects.toMatchObject({ code: 'model_rejected' });
});

test.each<[string, Loaded, string]>([
  ['fails', { warmUps: [warm("model_warmup.0 'rows'", [1, 2])] }, 'model_rejected'],
  ['takes too long', { warmUps: [warm('w', [1, 3], 10_000)], warmUpMs: 1 }, 'deadline_exceeded'],
])('a version whose warm-up %s is not loaded', async (_what, order, code) => {
  const loaded = runner.load(addOne, ['y'], { model: 'cold', ...order });
  await expect(loaded).rejects.toMatchObject({
    code,
    message: expect.stringContaining(order.warmUps![0]!.field) as string,
  });
  await expect(answerOf('cold')).rejects.toThrow('not_loaded');
});

test('the example input holds up no load: nobody has asked for it', async () => {
  const order = { warmUps: [example('', [1, 3], 10_000)], warmUpMs: 1 };
  await runner.load(addOne, ['y'], { model: 'patient', ...order });
  expect(await answerOf('patient')).toEqual([2, 3, 4]);
});

test('the example input may fail, and whoever loads is told: nobody said that the model takes it', async () => {
  const told = await runner.load(addOne, ['y'], {
    model: 'picky',
    warmUps: [example('', [1, 3]), example(preferred, [4, 2]), example(preferred, [8, 3])],
  });
  expect(told.coldRuns).toEqual([
    { rows: 4, reason: expect.stringMatching(/dimension/) as string },
  ]);
  expect(await answerOf('picky')).toEqual([2, 3, 4]);
  const all = await runner.load(addOne, ['y'], { model: 'easy', warmUps: [example('', [1, 3])] });
  expect(all).not.toHaveProperty('coldRuns');
});

test('sizes that are preferred have the time of a load, others five seconds', async () => {
  const session = slowSession(2600);
  const warmUps = [
    ...[1, 2, 3, 4].map((rows) => example(preferred, [rows, 3])),
    example('', [5, 3]),
  ];
  const order = { warmUps, outputs: ['y'], padTo: null };
  expect(await warmUp(session, { ...order, withinMs: 20_000 })).toEqual([
    { rows: 5, reason: 'none begins after 5000 ms' },
  ]);
  await expect(warmUp(session, { ...order, withinMs: 6000 })).rejects.toMatchObject({
    code: 'deadline_exceeded',
    message: expect.stringContaining(`of 4 rows that ${preferred} asks for`) as string,
  });
});
