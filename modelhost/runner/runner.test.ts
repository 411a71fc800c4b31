import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import type { Attempt } from '../../protocol/link/batch';
import { createFramesLink } from '../../serving/link/frames-link';
import { openRegionFile, type RegionFile } from '../../serving/shared-memory/region-file';
import { batch } from '../../tests/support/batches';
import { writeAddOne, writeRounds } from '../../tests/support/made-models';
import { eventually } from '../../tests/support/processes';
import { floats, floatsOf } from '../../tests/support/servables';
import { SharedObjects } from '../../tests/support/shared-objects';
import { encodeElements } from '../../tests/support/shared-cases';
import { replied, startRunner, type StartedRunner } from '../../tests/support/started-runner';

let runner: StartedRunner;
let addOne: string;
let rounds: string;

beforeAll(async () => {
  runner = await startRunner({ secret: 'sesame' });
  addOne = writeAddOne(runner.directory);
  rounds = writeRounds(runner.directory);
});
afterAll(() => runner.end());

const ones = floats('x', [1, 3], [1, 2, 3]);

function work(tenMicros: number): Parameters<StartedRunner['send']>[0] {
  const data = encodeElements('INT64', [tenMicros]);
  return { model: 'rounds', inputs: [{ name: 'rounds', datatype: 'INT64', shape: [], data }] };
}

/** Where a link leads; '' if it has gone meanwhile. */
function readlinkIfThere(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

function briefly(attempt: Attempt): string {
  switch (attempt.outcome) {
    case 'replied':
      return floatsOf(attempt.reply.outputs[0]!).slice(0, 3).join(' ');
    case 'refused':
      return `refused ${attempt.reason}`;
    case 'failed':
      return `failed ${attempt.error.code}`;
    case 'unreached':
    case 'lost':
    case 'broken':
      return attempt.outcome;
  }
}

test('it loads a model, answers, and says how long that took', async () => {
  const measure = await runner.load(addOne, ['y']);
  expect(measure.loadMs).toBeGreaterThan(0);
  const reply = replied(await runner.send({ inputs: [ones] }));
  expect(reply.host).toBe('host-1');
  expect(reply.outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
    ['y', 'FP32', [1, 3]],
  ]);
  expect(floatsOf(reply.outputs[0]!)).toEqual([2, 3, 4]);
  expect(reply.runUs).toBeGreaterThan(0);
});

test('the chunks of several callers are one tensor', async () => {
  const chunks = [1, 2, 3].map((n) => floats('x', [1, 3], [n, n, n]).data);
  const inputs = [{ name: 'x', datatype: 'FP32' as const, shape: [3, 3], chunks }];
  const reply = replied(await runner.send({ inputs }));
  expect(floatsOf(reply.outputs[0]!)).toEqual([2, 2, 2, 3, 3, 3, 4, 4, 4]);
});

test('a large batch comes back whole', async () => {
  const values = Array.from({ length: 300_000 }, (_, index) => index % 1000);
  const reply = replied(await runner.send({ inputs: [floats('x', [100_000, 3], values)] }));
  expect(floatsOf(reply.outputs[0]!)).toEqual(values.map((value) => value + 1));
});

test('an empty batch is answered with an empty one', async () => {
  const reply = replied(await runner.send({ inputs: [floats('x', [0, 3], [])] }));
  expect(reply.outputs).toMatchObject([{ name: 'y', shape: [0, 3] }]);
});

test('what is not there or behind is refused', async () => {
  expect(briefly(await runner.send({ model: 'x' }))).toBe('refused not_loaded');
  expect(briefly(await runner.send({ version: 9 }))).toBe('refused not_loaded');
  await runner.load(addOne, ['y'], { model: 'changing', generation: 4 });
  const at = (generation: number): Promise<Attempt> =>
    runner.send({ model: 'changing', generation, inputs: [ones] });
  expect(briefly(await at(3))).toBe('refused stale_generation');
  expect(briefly(await at(4))).toBe('2 3 4');
  await runner.process.setGeneration('changing', 6);
  expect(briefly(await at(5))).toBe('refused stale_generation');
  expect(briefly(await at(7))).toBe('2 3 4');
});

test('input that the model cannot compute on fails with a clean reason', async () => {
  const wrong = await runner.send({ inputs: [floats('x', [1, 2], [1, 2])] });
  if (wrong.outcome !== 'failed') throw new Error(wrong.outcome);
  expect(wrong.error.code).toBe('run_failed');
  expect(wrong.error.message).not.toMatch(/onnxruntime_src|\.(cc|h):|\n/);
  expect(briefly(await runner.send({ inputs: [] }))).toBe('failed run_failed');
  expect(briefly(await runner.send({ inputs: [ones], outputs: ['z'] }))).toBe('failed run_failed');
  expect(briefly(await runner.send({ inputs: [ones] }))).toBe('2 3 4');
});

test('large inputs come through shared memory, each to its own run', async () => {
  const files = readdirSync(`/proc/${runner.process.pid}/fd`).map((fd) =>
    readlinkIfThere(`/proc/${runner.process.pid}/fd/${fd}`),
  );
  expect(files.filter((file) => file.startsWith('/dev/shm/shoal-'))).toHaveLength(1);
  const shape = [10_000, 3];
  const many = Array.from({ length: 12 }, (_, n) => floats('x', shape, new Array(30_000).fill(n)));
  const attempts = await Promise.all(many.map((input) => runner.send({ inputs: [input] })));
  attempts.forEach((attempt, n) => {
    const values = floatsOf(replied(attempt).outputs[0]!);
    expect([values.length, new Set(values)]).toEqual([30_000, new Set([n + 1])]);
  });
});

describe("inputs in a client's shared memory", () => {
  const objects = new SharedObjects('runner-test');
  let file: RegionFile;

  beforeEach(() => {
    const { data } = floats('x', [30_000], new Array<number>(30_000).fill(1));
    file = openRegionFile(objects.create('region', data), process.getuid!());
  });

  afterEach(() => {
    file.close();
    objects.remove();
  });

  /** What the runner answers where it is told where they lie; `brought` counts where it is not. */
  async function answer(): Promise<{ readonly attempt: Attempt; readonly brought: number }> {
    let brought = 0;
    const shape = [10_000, 3];
    const input = {
      name: 'x',
      datatype: 'FP32' as const,
      shape,
      get chunks() {
        brought += 1;
        return [floats('x', shape, new Array<number>(30_000).fill(8)).data];
      },
      shared: { file, at: 0, bytes: 120_000 },
    };
    const attempt = await runner.send({ inputs: [input] });
    return { attempt, brought };
  }

  const first = ({ attempt }: { attempt: Attempt }): number | undefined =>
    floatsOf(replied(attempt).outputs[0]!)[0];

  test('are read there from the second time on, also without their name', async () => {
    const before = await answer();
    expect([first(before), before.brought]).toEqual([9, 1]);
    const after = await answer();
    expect([first(after), after.brought]).toEqual([2, 0]);
    objects.remove();
    expect(first(await answer())).toBe(2);
  });

  test("that are not there any more are the request's fault, not the runner's", async () => {
    await answer();
    objects.resize('region', 119_999);
    const { attempt, brought } = await answer();
    expect([briefly(attempt), brought]).toEqual(['failed invalid_request', 0]);
    expect(briefly(await runner.send({ inputs: [ones] }))).toBe('2 3 4');
  });

  test('are brought where another file has the name', async () => {
    objects.remove();
    objects.create('region', Buffer.alloc(120_000));
    expect((await answer()).brought).toBe(1);
    const second = await answer();
    expect([first(second), second.brought]).toEqual([9, 1]);
  });

  test('are closed in the runner when they are here', async () => {
    await answer();
    const open = (): number =>
      readdirSync(`/proc/${runner.process.pid}/fd`).filter((fd) =>
        readlinkIfThere(`/proc/${runner.process.pid}/fd/${fd}`).includes('runner-test-'),
      ).length;
    await eventually('it is open there', () => open() === 1 || undefined);
    file.close();
    await eventually('it is closed there', () => open() === 0 || undefined);
  });
});

test('a caller with a full queue does not keep another from its turn', async () => {
  await runner.load(rounds, ['y'], { model: 'rounds' });
  const { address } = runner.process.address!;
  const other = createFramesLink({ address, secret: 'sesame' });
  // It is connected before the flood.
  await other.send(batch({ inputs: [ones] }), performance.now() + 5000);
  const done: string[] = [];
  const flood = Array.from({ length: 20 }, async () => {
    await runner.send({ ...work(1000), model: 'rounds' });
    done.push('flood');
  });
  await other.send(batch({ inputs: [ones] }), performance.now() + 5000);
  done.push('other');
  await Promise.all(flood);
  other.close();
  expect(done.indexOf('other')).toBeLessThan(15);
});

test('unload waits for what runs, then the version is not loaded', async () => {
  await runner.load(rounds, ['y'], { model: 'leaving' });
  const first = runner.send({ ...work(5000), model: 'leaving' });
  const second = runner.send({ ...work(5000), model: 'leaving' });
  // Both left together, so that the second has been read when the first is answered.
  await first;
  await runner.unload('leaving');
  expect(briefly(await runner.send({ ...work(1), model: 'leaving' }))).toBe('refused not_loaded');
  expect([(await first).outcome, (await second).outcome]).toEqual(['replied', 'replied']);
});

test('a wrong secret is refused and the connection closed', async () => {
  const { address } = runner.process.address!;
  const link = createFramesLink({ address, secret: 'wrong' });
  const attempt = await link.send(batch({ inputs: [ones] }), performance.now() + 5000);
  expect(briefly(attempt)).toBe('refused unauthorized');
  link.close();
});

test('garbage closes its own connection and nothing else', async () => {
  const path = runner.process.address!.address.slice('unix:'.length);
  const lies = [Buffer.alloc(64, 0xff), Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(24)];
  for (const bytes of lies) {
    const socket = connect({ path });
    socket.resume();
    socket.write(bytes);
    await once(socket, 'close');
  }
  expect(briefly(await runner.send({ inputs: [ones] }))).toBe('2 3 4');
});

test("its environment turns the runtime's telemetry off and has nothing of the host's", () => {
  const environment = readFileSync(`/proc/${runner.process.pid!}/environ`, 'utf8').split('\0');
  const names = environment.map((entry) => entry.split('=')[0]).filter((name) => name !== '');
  expect(environment).toContain('ORT_DISABLE_TELEMETRY=1');
  expect(
    names.filter((name) => !/^(ORT_DISABLE_TELEMETRY|MALLOC_|NODE_CHANNEL_)/.test(name!)),
  ).toEqual([]);
});

test('a model file that is none is rejected with the reason and without its path', async () => {
  const loading = runner.load(__filename, ['y'], { model: 'bad' });
  await expect(loading).rejects.toMatchObject({ code: 'model_rejected' });
  await expect(loading).rejects.not.toThrow(__dirname);
});

test('it takes TCP as well, and finishes what it has before it stops', async () => {
  const other = await startRunner({ tcp: true });
  await other.load(rounds, ['y'], { model: 'rounds' });
  expect(other.process.address?.address).toMatch(/^tcp:127\.0\.0\.1:\d+$/);
  const slow = other.send(work(20_000));
  await other.send({ model: 'nothing' });
  const stopped = other.process.stop(10_000);
  expect((await slow).outcome).toBe('replied');
  await stopped;
  expect(await other.process.died).toMatchObject({ code: 0, killedFor: 'stopping' });
  await other.end();
});
