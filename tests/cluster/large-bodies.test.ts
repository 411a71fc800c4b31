import type { TestCluster } from '../support/cluster';
import { describeEachCluster } from '../support/each-balancer';
import { createDice, seedOfRun, wholeOfRun, type Dice } from '../support/faults/dice';
import { lostSoFar } from '../support/faults/counters';
import { journalOfEachTest } from '../support/faults/journal';
import { plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { sumOf } from '../support/samples';
import { upload } from '../support/uploads';

/** CALLS=20000 SEED=7 npx jest dist/tests/cluster/large-bodies */
const calls = wholeOfRun('CALLS', 400);
const seed = seedOfRun();
const journal = journalOfEachTest(seed);
const callers = 12;
/** Floats of a row: 24 kB. */
const width = 6_000;

/** What happens to h1 in the middle of the calls. */
type Fault = (cluster: TestCluster) => Promise<void>;

describeEachCluster(
  'large bodies',
  (cluster) => {
    beforeAll(async () => {
      expect((await upload(cluster().url, 'plus', plusModel(1, width))).status).toBe(201);
    });

    test.each<[string, Fault]>([
      ['lost his runner', killRunner],
      ['waited for a host that froze and has thawed', freeze],
    ])(
      'each answer is to its own, whoever else has left, was late or %s',
      async (_, fault) => {
        await cluster().ready('h1', 'h2');
        const outcomes = new Map<string, number>();
        let [begun, over] = [0, false];
        const caller = async (_: unknown, number: number): Promise<void> => {
          const dice = createDice(seed + number);
          // All may have been called while it is awaited that somebody notices the fault: more are then.
          while ((begun += 1) <= calls || !over) {
            if (begun === Math.ceil(calls / 2)) await fault(cluster()).finally(() => (over = true));
            const call = makeCall(begun * callers + number, dice);
            const outcome = await outcomeOf(cluster().url, call);
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          }
        };
        await Promise.all(Array.from({ length: callers }, caller));
        journal.note([...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', '));
        const seen = [...outcomes.keys()].sort();
        expect(seen.filter((outcome) => !expected.includes(outcome))).toEqual([]);
        expect(outcomes.get('right')).toBeGreaterThan(calls / 4);
      },
      300_000 + calls * 100,
    );
  },
  { models: ['add-sub'] },
);

const expected = ['right', 'left', 'late'];

function killRunner(cluster: TestCluster): Promise<void> {
  const [runner] = runnerPids(cluster.modelhosts.get('h1')!.pid);
  if (runner !== undefined) process.kill(runner, 'SIGKILL');
  journal.note(`runner ${runner} of h1 is killed`);
  return Promise.resolve();
}

/** Frozen until what it had is sent to another; it has not been forgotten then. */
async function freeze(cluster: TestCluster): Promise<void> {
  await getsWork(cluster.url);
  const before = await lostSoFar(cluster.url);
  const host = cluster.modelhosts.get('h1')!.pid;
  const frozen = [host, ...runnerPids(host)];
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  try {
    await eventually('what it had is sent to another', async () => {
      return (await lostSoFar(cluster.url)) > before || undefined;
    });
  } finally {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    journal.note('h1 was frozen with its runner, and thaws');
  }
}

/** Resolves when h1 answers: after a loss it gets nothing for a while, and would lose nothing. */
async function getsWork(url: string): Promise<void> {
  const answered = /^shoal_attempts_total\{.*"(h1|balancer)".*"replied"/;
  const before = await sumOf(url, answered);
  await eventually('h1 answers', async () => (await sumOf(url, answered)) > before || undefined);
}

/** A call in binary form; each caller has other numbers. */
interface Call {
  readonly numbers: Float32Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Has so little time that it may be refused. */
  readonly hurries: boolean;
  /** Milliseconds after which the caller leaves, 0 for never. */
  readonly leavesAfter: number;
}

/** Numbers that follow from `first`, in a body of 24 to 96 kB. */
function makeCall(first: number, dice: Dice): Call {
  const rows = 1 + Math.floor(dice() * 4);
  const numbers = Float32Array.from(
    { length: rows * width },
    (_, at) => (first * 31 + at) % 100_000,
  );
  const data = Buffer.from(numbers.buffer);
  const input = { name: 'x', datatype: 'FP32', shape: [rows, width] };
  const inputs = [{ ...input, parameters: { binary_data_size: data.length } }];
  const head = Buffer.from(JSON.stringify({ inputs, parameters: { binary_data_output: true } }));
  const kind = dice();
  const soon = 1 + Math.floor(dice() * 5);
  return {
    numbers,
    body: Buffer.concat([head, data]),
    hurries: kind < 0.2,
    leavesAfter: kind > 0.8 ? soon : 0,
    headers: {
      'inference-header-content-length': `${head.length}`,
      ...(kind < 0.2 && { 'shoal-timeout-ms': `${soon}` }),
    },
  };
}

/** Sends it and says what has come. */
async function outcomeOf(url: string, call: Call): Promise<string> {
  const { numbers, headers, body, leavesAfter } = call;
  const leaves = leavesAfter > 0 ? { signal: AbortSignal.timeout(leavesAfter) } : undefined;
  try {
    const sent = { method: 'POST', headers, body: new Uint8Array(body), ...leaves };
    const answer = await fetch(`${url}/v2/models/plus/infer`, sent);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (call.hurries && [503, 504].includes(answer.status)) return 'late';
    if (answer.status !== 200) return `${answer.status} ${bytes.toString()}`;
    const right = isPlusOne(bytes.subarray(-numbers.byteLength), numbers);
    return right ? 'right' : 'an answer to another';
  } catch (error) {
    if (leaves?.signal.aborted === true) return 'left';
    throw error;
  }
}

function isPlusOne(bytes: Buffer, numbers: Float32Array): boolean {
  return numbers.every((number, at) => bytes.readFloatLE(at * 4) === number + 1);
}
