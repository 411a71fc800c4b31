import { writeAddOne, writeEightRows } from '../../tests/support/made-models';
import { floats, floatsOf } from '../../tests/support/servables';
import {
  replied,
  startRunner,
  type Loaded,
  type StartedRunner,
} from '../../tests/support/started-runner';
import type { WarmUp } from '../model-config/warm-up';

let runner: StartedRunner;
let addOne: string;

beforeAll(async () => {
  runner = await startRunner();
  addOne = writeAddOne(runner.directory);
});
afterAll(() => runner.end());

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
  const order = { warmUps: [warm('', [1, 3], 10_000)], warmUpMs: 1 };
  await runner.load(addOne, ['y'], { model: 'patient', ...order });
  expect(await answerOf('patient')).toEqual([2, 3, 4]);
});

test('the example input may fail: nobody has said that the model takes it', async () => {
  await runner.load(addOne, ['y'], { model: 'picky', warmUps: [warm('', [1, 2])] });
  expect(await answerOf('picky')).toEqual([2, 3, 4]);
});
