import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster';
import { journalOfEachTest } from '../support/faults/journal';
import { writeHeldWeights } from '../support/held-weights';
import { writeRounds } from '../support/made-models';
import { childrenOf, commandOf } from '../support/process-tree';
import { upload } from '../support/uploads';

const mib = 1024 ** 2;
const names = Array.from({ length: 8 }, (_, number) => `m${number}`);
const journal = journalOfEachTest();

describe('many uploads at once to a cluster of two', () => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-tries-'));
    const environment = { PROBE_TIME_MS: '1500' };
    cluster = await startCluster({ balancer: 'direct', examples: '', environment });
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const triesOf = (pid: number): number[] =>
    childrenOf(pid).filter((child) => commandOf(child).includes('probe/main.js'));

  /** Most tries that each host had at the same time, and how many it had in all. */
  async function triesDuring(work: () => Promise<void>): Promise<[most: number, all: number][]> {
    const hosts = [...cluster.modelhosts.values()].map(({ pid }) => pid);
    const seen = hosts.map(() => ({ most: 0, all: new Set<number>() }));
    const watch = setInterval(() => {
      for (const [at, host] of hosts.entries()) {
        const tries = triesOf(host);
        seen[at]!.most = Math.max(seen[at]!.most, tries.length);
        for (const pid of tries) seen[at]!.all.add(pid);
      }
    }, 10);
    try {
      await work();
    } finally {
      clearInterval(watch);
    }
    return seen.map(({ most, all }) => [most, all.size]);
  }

  test('each host tries one after the other, and both have their part', async () => {
    const file = writeHeldWeights(folder, 32 * mib);
    const tries = await triesDuring(async () => {
      const answers = await Promise.all(names.map((name) => upload(cluster.url, name, file)));
      expect(answers.map(({ status }) => status)).toEqual(names.map(() => 201));
    });
    journal.note(JSON.stringify(tries));
    expect(tries.map(([most]) => most)).toEqual([1, 1]);
    expect(tries.reduce((sum, [, all]) => sum + all, 0)).toBe(names.length);
  });

  test('also of a model that runs on without end, which is refused each time', async () => {
    const file = writeRounds(folder, 2_000_000_000);
    const tries = await triesDuring(async () => {
      const answers = await Promise.all(names.map((name) => upload(cluster.url, name, file)));
      expect(answers.map(({ status }) => status)).toEqual(names.map(() => 422));
      expect(answers[0]!.body.error).toMatch(/1500 ms/);
    });
    journal.note(JSON.stringify(tries));
    expect(tries.map(([most]) => most)).toEqual([1, 1]);
  });
});
