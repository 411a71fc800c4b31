import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask } from '../support/ask';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { createDice } from '../support/faults/dice';
import { journalOfEachTest } from '../support/faults/journal';
import { writeHeldWeights } from '../support/held-weights';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { sumOf } from '../support/samples';

/** Seconds of random calls for each half; by hand, 600. */
const seconds = Number(process.env['MEMORY_SECONDS'] ?? '8');
/** With 200 models there is room for 20 on each host. */
const models = Number(process.env['MEMORY_MODELS'] ?? '40');
const mib = 1024 ** 2;
const weightBytes = 8 * mib;
/** An empty runner, a tenth of the models, and what a load takes on its way. */
const budgetBytes = 120 * mib + (models / 10) * weightBytes + 3 * weightBytes;
const clients = 32;

const journal = journalOfEachTest();
const names = Array.from({ length: models }, (_, number) => `m${number}`);

describeWhere(missingCommand('nginx', 'curl'), 'more models than memory', () => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-memory-'));
    const examples = path.join(folder, 'examples');
    mkdirSync(path.join(examples, 'm0/1'), { recursive: true });
    writeHeldWeights(path.join(examples, 'm0/1'), weightBytes);
    const environment = { MEMORY_BUDGET_BYTES: String(budgetBytes) };
    cluster = await startCluster({ balancer: 'both', examples, environment });
    for (const [value, name] of names.entries()) if (value > 0) copyOf(name, value);
    await eventually('all models are known', async () => {
      const known = await Promise.all(cluster.urls.map((url) => listed(url)));
      return known.every((list) => list.length === models) || undefined;
    });
  }, 200_000);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A model of its own weights with what the try found out of the first one. */
  function copyOf(name: string, value: number): void {
    const made = path.join(folder, name);
    cpSync(path.join(cluster.repository, 'm0'), made, { recursive: true });
    const described = path.join(made, '1/meta.json');
    const meta = JSON.parse(readFileSync(described, 'utf8')) as { file: string };
    const file = writeHeldWeights(path.join(made, '1'), weightBytes, { value, name: meta.file });
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    writeFileSync(described, JSON.stringify({ ...meta, sha256 }));
    renameSync(made, path.join(cluster.repository, name));
  }

  test(
    'at random from 32 clients: no failure, memory within the budget',
    async () => {
      await storm(seconds);
      const [evictions, loads] = await figures();
      journal.note(`${evictions} evictions, ${loads} loads on demand`);
      expect(evictions).toBeGreaterThan(10);
      expect(loads).toBeGreaterThan(10);
    },
    120_000 + seconds * 2000,
  );

  test(
    'and with one host killed in the middle',
    async () => {
      await storm(seconds, async () => {
        await cluster.modelhosts.get('h2')!.end('SIGKILL');
        cluster.modelhosts.delete('h2');
      });
    },
    120_000 + seconds * 2000,
  );

  /** Calls models at random, through both inferrers; each answer has to be its own model's. */
  async function storm(forSeconds: number, inTheMiddle?: () => Promise<void>): Promise<void> {
    const middle = performance.now() + forSeconds * 500;
    const end = middle + forSeconds * 500;
    let toDo = inTheMiddle;
    const failures: string[] = [];
    let answered = 0;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, ...residentBytes())), 50);
    const client = async (number: number): Promise<void> => {
      const dice = createDice(number + forSeconds);
      while (performance.now() < end) {
        if (toDo !== undefined && performance.now() >= middle) {
          const now = toDo;
          toDo = undefined;
          await now();
        }
        const value = Math.floor(dice() * models);
        const fault = await call(cluster.urls[number % 2]!, value);
        if (fault === undefined) answered += 1;
        else failures.push(fault);
      }
    };
    try {
      await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
    } finally {
      clearInterval(watch);
    }
    expect(toDo).toBeUndefined();
    journal.note(
      `${answered} answers, at most ${Math.round(most / mib)} of ${budgetBytes / mib} MiB`,
    );
    expect(failures.slice(0, 5)).toEqual([]);
    expect(answered).toBeGreaterThan(clients);
    expect(most).toBeLessThanOrEqual(budgetBytes);
  }

  function residentBytes(): number[] {
    return [...cluster.modelhosts.values()].map(({ pid }) =>
      runnerPids(pid).reduce((sum, runner) => sum + residentOf(runner), 0),
    );
  }

  async function figures(): Promise<[number, number]> {
    const urls = (await cluster.hosts()).map(({ url }) => url);
    const sum = async (series: RegExp): Promise<number> =>
      (await Promise.all(urls.map((url) => sumOf(url, series)))).reduce((a, b) => a + b, 0);
    return [await sum(/^shoal_model_evictions_total/), await sum(/^shoal_demand_loads_total/)];
  }
});

async function listed(url: string): Promise<readonly unknown[]> {
  return ((await (await fetch(`${url}/api/v1/models`)).json()) as { model_list: string[] })
    .model_list;
}

/** What was wrong with the answer. */
async function call(url: string, value: number): Promise<string | undefined> {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }];
  const answer = await ask(`${url}/v2/models/m${value}/infer`, {
    method: 'POST',
    body: { inputs },
  });
  const { outputs } = (answer.status === 200 ? JSON.parse(answer.text) : {}) as {
    outputs?: { data: number[] }[];
  };
  const data = outputs?.[0]?.data ?? [];
  const right = [1, 2, 3].every((x, at) => data[at] === x + value);
  return right ? undefined : `m${value}: ${answer.status} ${answer.text}`;
}

function residentOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return 0;
  }
}
