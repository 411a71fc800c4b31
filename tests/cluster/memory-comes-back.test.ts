import { cpSync, linkSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask } from '../support/ask';
import { startCluster, type TestCluster } from '../support/cluster';
import { journalOfEachTest } from '../support/faults/journal';
import { writeHeldWeights } from '../support/held-weights';
import { eventually } from '../support/processes';
import { residentBytes, treeBytes } from '../support/process-tree';
import { upload } from '../support/uploads';

const mib = 1024 ** 2;
/** 104857600 by hand. */
const weightBytes = Number(process.env['UNLOADED_MODEL_BYTES'] ?? String(8 * mib));
/** 100 by hand. */
const models = Number(process.env['UNLOADED_MODELS'] ?? '20');
const together = 5;
const names = Array.from({ length: models }, (_, number) => `m${number}`);
const journal = journalOfEachTest();

describe('a modelhost whose models come and go', () => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-comes-back-'));
    const environment = {
      MODEL_CONTROL: 'load',
      UPLOAD_MAX_BYTES: String(2 * weightBytes),
      // Else it grows by up to 48 MB in each process whenever Node sees fit.
      NODE_OPTIONS: '--max-semi-space-size=1',
    };
    cluster = await startCluster({ balancer: 'direct', hosts: 1, examples: '', environment });
    const config = JSON.stringify({ shoal: { runner: 'shared' } });
    const held = writeHeldWeights(folder, weightBytes, { value: 7 });
    const first = path.join(cluster.repository, 'm0');
    expect((await upload(cluster.url, 'm0', held, { fields: { config } })).status).toBe(201);
    await call('m0', 'unload');
    for (const name of names.slice(1)) copyOf(first, name);
    await eventually('all models are known', async () => {
      return (await index()).length === models || undefined;
    });
  }, 600_000);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Unloaded as it is; the weights lie on the disk once. */
  function copyOf(model: string, name: string): void {
    const made = path.join(cluster.folder, name);
    const weights = readdirSync(path.join(model, '1')).find((file) => file.endsWith('.onnx'))!;
    cpSync(model, made, { recursive: true, filter: (file) => !file.endsWith(weights) });
    linkSync(path.join(model, '1', weights), path.join(made, '1', weights));
    renameSync(made, path.join(cluster.repository, name));
  }

  async function call(model: string, action: 'load' | 'unload'): Promise<void> {
    const url = `${cluster.url}/v2/repository/models/${model}/${action}`;
    const { status } = await fetch(url, { method: 'POST', body: '' });
    expect([model, action, status]).toEqual([model, action, 200]);
  }

  async function index(): Promise<unknown[]> {
    const answer = await fetch(`${cluster.url}/v2/repository/index`, { method: 'POST', body: '' });
    return (await answer.json()) as unknown[];
  }

  async function answerOf(model: string): Promise<number[]> {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }];
    const { status, text } = await ask(`${cluster.url}/v2/models/${model}/infer`, {
      body: { inputs },
    });
    if (status !== 200) throw new Error(`${model}: ${status} ${text}`);
    return (JSON.parse(text) as { outputs: { data: number[] }[] }).outputs[0]!.data;
  }

  /** Of the modelhost with all that it has started. */
  function resident(): number {
    const [host] = cluster.modelhosts.values();
    return treeBytes(host!.pid);
  }

  function hostBytes(): number {
    const [host] = cluster.modelhosts.values();
    return residentBytes(host!.pid);
  }

  /** What is resident with all of them. */
  async function comeAndGo(some: readonly string[]): Promise<number> {
    await Promise.all(some.map((name) => call(name, 'load')));
    for (const name of some) expect(await answerOf(name)).toEqual([8, 9, 10]);
    const most = resident();
    await Promise.all(some.map((name) => call(name, 'unload')));
    return most;
  }

  test('gives their memory back, all processes together', async () => {
    // The runtime's own parts, and those of the host, are there once something has been loaded.
    await comeAndGo(names.slice(0, together));
    const before = resident();
    const ofHost = hostBytes();
    let most = 0;
    for (let first = 0; first < models; first += together) {
      const some = names.slice(first, first + together);
      const loaded = await comeAndGo(some);
      most = Math.max(most, loaded);
      expect(loaded - before).toBeGreaterThan(0.8 * some.length * weightBytes);
    }
    // The modelhost's own heap goes up and down with the garbage that is collected now and then.
    const after = await eventually('it is as before', async () => {
      const now = resident();
      if (now < 1.1 * before) return now;
      await comeAndGo(names.slice(0, together));
      return undefined;
    });
    journal.note(
      `${inMib(before)} before, at most ${inMib(most)}, ${inMib(after)} after; ` +
        `of the modelhost itself ${inMib(ofHost)} and ${inMib(hostBytes())}`,
    );
  }, 900_000);
});

function inMib(bytes: number): string {
  return `${Math.round(bytes / mib)} MiB`;
}
