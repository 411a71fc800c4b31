import { ShoalError } from '../../core/errors';
import { silentLogger } from '../../core/logging';
import type { CanaryPlan, SentPlan } from '../../protocol/canary/canary';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import { createClusterCanary } from './cluster-canary';

const limits = { errorRate: 0.1, latencyRatio: null, disagreement: null, minRequests: 1 };
const plan: CanaryPlan = { version: 2, steps: [10], everyMs: 1000, limits };
const begins = '/modelhost/models/m/canary';

/** Who is asked to begin one, of two hosts; the first dies when it has begun it. */
async function begun(): Promise<readonly [url: string, plan: SentPlan][]> {
  const asked: [string, SentPlan][] = [];
  const entries = [modelEntry('m', { versions: [versionEntry(1), versionEntry(2)] })];
  const hosts = ['a', 'b'].map((id) => knownHost(id, { catalog: hostCatalog(id, entries) }));
  const canary = createClusterCanary({
    registry: fakeRegistry(hosts),
    waitMs: 5000,
    logger: silentLogger(),
    call: (url, { path, body }) => {
      const reply = { status: 200, host: url, body: { generation: 1, held: false, loads: true } };
      if (path !== begins) return Promise.resolve(reply);
      asked.push([url, body as SentPlan]);
      if (asked.length > 1) return Promise.resolve(reply);
      return Promise.reject(new ShoalError('host_lost', 'It died.'));
    },
  });
  await canary.begin('m', plan, 'r');
  return asked;
}

test('a host that dies over the beginning: the next one is asked for the same canary', async () => {
  const [first, second, ...more] = await begun();
  expect(more).toEqual([]);
  expect([first?.[0], second?.[0]]).toEqual(['http://a:8000', 'http://b:8000']);
  expect(second?.[1]).toEqual(first?.[1]);
  expect(first?.[1]).toMatchObject(plan);
});

test('each time it is another canary', async () => {
  const ids = [await begun(), await begun()].map(([first]) => first?.[1].id);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^.{36}$/);
});
