import { createFrameReader } from '../../protocol/link/frame-reader';
import { frameKinds } from '../../protocol/link/frame';
import { decodeFailed, decodeRefused } from '../../protocol/link/frames';
import { contentHash } from '../../protocol/content-hash';
import type { ReceivedBatch } from '../../protocol/link/frames';
import { RunQueue, type Caller } from './run-queue';
import type { MarkedRun } from './current-mark';
import { Servables } from './servables';

// A run takes as long as its test says: one that the machine makes long is followed by a turn more.
beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());

/** A queue over a runtime that computes only when told to. */
async function setUp(maxQueuedBytes = 1000): Promise<{
  queue: RunQueue;
  servables: Servables;
  marks: (number | MarkedRun)[];
  /** Makes the next run look as if it took too much memory. */
  grow: () => void;
  over: () => number;
  finish: (error?: Error) => Promise<void>;
  released: () => number;
}> {
  const runs: { resolve: (outputs: []) => void; reject: (error: Error) => void }[] = [];
  let released = 0;
  const servables = new Servables(() =>
    Promise.resolve({
      run: () => new Promise<[]>((resolve, reject) => runs.push({ resolve, reject })),
      release: () => {
        released++;
        return Promise.resolve();
      },
    }),
  );
  const order = {
    kind: 'load',
    call: 1,
    generation: 1,
    path: '',
    threads: 1,
  } as const;
  await servables.load({ ...order, watchMs: 0, mark: 7, model: 'm', version: 1, outputs: ['y'] });
  const marks: (number | MarkedRun)[] = [];
  const add = (value: number | MarkedRun): number => marks.push(value);
  const mark = { set: add, setRun: add, close: () => undefined };
  let [tooMuch, overs] = [false, 0];
  const memory = { look: () => undefined, tooMuch: () => tooMuch };
  const finish = async (error?: Error): Promise<void> => {
    const run = runs.shift();
    if (run === undefined) throw new Error('nothing runs');
    if (error === undefined) run.resolve([]);
    else run.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const onOver = (): void => {
    overs += 1;
  };
  const queue = new RunQueue({ servables, mark, memory, maxQueuedBytes, onOver });
  const grow = (): void => {
    tooMuch = true;
  };
  return { queue, servables, marks, finish, grow, over: () => overs, released: () => released };
}

/** Keeps its answers as short texts. */
function caller(): Caller & { answers: string[] } {
  const answers: string[] = [];
  const reader = createFrameReader(10_000, (frame) => {
    if (frame.kind === frameKinds.reply) answers.push(`${frame.id} reply`);
    if (frame.kind === frameKinds.failed) answers.push(`${frame.id} ${decodeFailed(frame).code}`);
    if (frame.kind === frameKinds.refused) answers.push(`${frame.id} ${decodeRefused(frame)}`);
  });
  return {
    answers,
    answer: (frame) => {
      reader.read(Buffer.concat(frame));
    },
    inputs: ({ inputs }) => inputs,
  };
}

function batch(timeLeftMs = 10_000, generation = 1): ReceivedBatch {
  const segments = [{ requestId: 'r', rows: 1, timeLeftMs, priority: 0, trace: '' }];
  const nothing = { inputs: [], shared: [], outputs: [], losses: 0 };
  return { model: 'm', version: 1, generation, rows: 1, segments, ...nothing };
}

test('what was lost before is marked with its content', async () => {
  const { queue, finish, marks } = await setUp();
  queue.submit(caller(), 1, batch(), 10);
  await finish();
  queue.submit(caller(), 2, { ...batch(), losses: 1 }, 10);
  expect(marks).toEqual([7, 7, { mark: 7, content: contentHash([]), losses: 1, answered: 1 }]);
});

test('a run that takes too much memory is answered and marked, the rest is refused', async () => {
  const { queue, finish, marks, grow, over } = await setUp();
  const a = caller();
  for (const id of [1, 2, 3]) queue.submit(a, id, batch(), 10);
  grow();
  expect(over()).toBe(0);
  await finish();
  queue.submit(a, 4, batch(), 10);
  queue.rest();
  expect(a.answers).toEqual(['1 reply', '2 draining', '3 draining', '4 draining']);
  expect([marks.length, over()]).toEqual([2, 1]);
  expect(marks.at(-1)).toMatchObject({ mark: 7, content: contentHash([]) });
});

test('what runs apart has the runtime to itself, and batches get their turn in between', async () => {
  const { queue, finish, marks } = await setUp();
  const a = caller();
  const order: string[] = [];
  const apart = (name: string): Promise<void> =>
    queue.apart(9, () => {
      order.push(`${name} with ${a.answers.length} answered`);
      return Promise.resolve();
    });
  queue.submit(a, 1, batch(), 10);
  const first = apart('first').then(() => apart('second'));
  queue.submit(a, 2, batch(), 10);
  expect(order).toEqual([]);
  await finish();
  await finish();
  await first;
  expect(order).toEqual(['first with 1 answered', 'second with 2 answered']);
  expect(marks).toEqual([7, 9, 7, 9]);
  await expect(queue.apart(9, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  queue.submit(a, 3, batch(), 10);
  await finish();
  expect(a.answers).toEqual(['1 reply', '2 reply', '3 reply']);
});

test('one runs after the other, and each is marked', async () => {
  const { queue, finish, marks } = await setUp();
  const a = caller();
  queue.submit(a, 1, batch(), 10);
  queue.submit(a, 2, batch(), 10);
  expect([a.answers, queue.idle]).toEqual([[], false]);
  await finish();
  expect(a.answers).toEqual(['1 reply']);
  await finish();
  expect([a.answers, queue.idle]).toEqual([['1 reply', '2 reply'], true]);
  expect(marks).toEqual([7, 7]);
});

test('callers take turns', async () => {
  const { queue, finish } = await setUp();
  const [a, b] = [caller(), caller()];
  for (const id of [1, 2, 3]) queue.submit(a, id, batch(), 10);
  queue.submit(b, 9, batch(), 10);
  await finish();
  await finish();
  await finish();
  expect([a.answers, b.answers]).toEqual([['1 reply', '2 reply'], ['9 reply']]);
});

test('what runs or waits while the generation is raised is not answered', async () => {
  const { queue, finish, servables } = await setUp();
  const a = caller();
  queue.submit(a, 1, batch(), 10);
  queue.submit(a, 2, batch(), 10);
  queue.submit(a, 3, batch(10_000, 2), 10);
  servables.setGeneration('m', 2);
  await finish();
  expect(a.answers).toEqual(['1 stale_generation', '2 stale_generation']);
  await finish();
  expect(a.answers.at(-1)).toBe('3 reply');
});

test('what waits beyond its deadline is not run', async () => {
  const { queue, finish } = await setUp();
  const a = caller();
  queue.submit(a, 1, batch(), 10);
  queue.submit(a, 2, batch(0), 10);
  await finish();
  expect(a.answers).toEqual(['1 reply', '2 deadline_exceeded']);
});

test('a run that throws is told and the next one runs', async () => {
  const { queue, finish } = await setUp();
  const a = caller();
  queue.submit(a, 1, batch(), 10);
  queue.submit(a, 2, batch(), 10);
  await finish(new Error('a secret of the server'));
  await finish();
  expect(a.answers).toEqual(['1 internal', '2 reply']);
});

test('beyond the limit of waiting bytes it refuses, one alone it always takes', async () => {
  const { queue, finish } = await setUp(100);
  const a = caller();
  queue.submit(a, 1, batch(), 500);
  queue.submit(a, 2, batch(), 500);
  queue.submit(a, 3, batch(), 500);
  expect(a.answers).toEqual(['3 overloaded']);
  await finish();
  await finish();
  queue.submit(a, 4, batch(), 100);
  await finish();
  expect(a.answers).toEqual(['3 overloaded', '1 reply', '2 reply', '4 reply']);
});

test('what all callers have left is answered without a run, also at the end of a long one', async () => {
  const { queue, finish } = await setUp();
  const [a, b] = [caller(), caller()];
  for (const id of [1, 2, 3, 4]) queue.submit(a, id, batch(), 100);
  queue.leave(a, 1);
  queue.leave(a, 3);
  queue.leave(a, 9);
  queue.leave(b, 2);
  expect(a.answers).toEqual(['3 client_closed']);
  // Their word has come within the run, which nobody could read it in.
  jest.advanceTimersByTime(300);
  await finish();
  queue.leave(a, 2);
  expect(a.answers.slice(1)).toEqual(['1 reply', '2 client_closed']);
  await new Promise(setImmediate);
  queue.submit(a, 5, batch(), 900);
  await finish();
  await finish();
  expect([a.answers.slice(3), b.answers]).toEqual([['4 reply', '5 reply'], []]);
});

test('draining finishes what is there and refuses the rest', async () => {
  const { queue, finish } = await setUp();
  const a = caller();
  queue.submit(a, 1, batch(), 10);
  let drained = false;
  const draining = queue.drain().then(() => {
    drained = true;
  });
  queue.submit(a, 2, batch(), 10);
  expect([a.answers, drained]).toEqual([['2 draining'], false]);
  await finish();
  await draining;
  expect(a.answers).toEqual(['2 draining', '1 reply']);
});

test('unloading waits for the last job, those of a caller that has gone included', async () => {
  const { queue, servables, finish, released } = await setUp();
  const [a, gone] = [caller(), caller()];
  queue.submit(a, 1, batch(), 10);
  queue.submit(gone, 1, batch(), 10);
  queue.drop(gone);
  const unloaded = servables.unload({ model: 'm', version: 1, mark: 7 });
  queue.submit(a, 2, batch(), 10);
  expect([a.answers, released()]).toEqual([['2 not_loaded'], 0]);
  await finish();
  await unloaded;
  expect([a.answers, gone.answers, released()]).toEqual([['2 not_loaded', '1 reply'], [], 1]);
});

test('an unload that is meant for an earlier load does nothing', async () => {
  const { servables, released } = await setUp();
  await servables.unload({ model: 'm', version: 1, mark: 6 });
  expect(released()).toBe(0);
  expect(typeof servables.begin('m', 1, 1)).toBe('object');
});
