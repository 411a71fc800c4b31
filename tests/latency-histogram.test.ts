import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runWrk, writeScript } from '../bench/wrk';
import { buildSlow } from '../examples/build/slow';
import { ask } from './support/ask';
import { startCluster, type TestCluster } from './support/cluster';
import { describeWhere, missingCommand } from './support/describe-where';
import { eventually } from './support/processes';
import { samplesOf, sumOf } from './support/samples';
import { upload } from './support/uploads';

const model = 'ponder';
/** So many wait for one runner that the generator's own share of their time does not count. */
const connections = 32;
/**
 * Beside so many it does not count that wrk leaves one request per connection unanswered at its end:
 * the server ends those as well, after less time than wrk would have waited.
 */
const enough = 1_000;
/** How long wrk asks: at least, and where it takes that on this machine until they are enough. */
const seconds = { least: 5, most: 120 };

/** Requests that have no answer yet: also the one that asks for this. */
const inFlight = /^shoal_in_flight_requests\{/;

/** Requests to the model so far, by the upper bound in seconds of the bucket they are in. */
type Histogram = ReadonlyMap<number, number>;

async function readHistogram(url: string): Promise<Histogram> {
  const name = 'shoal_request_duration_seconds_bucket{';
  const samples = samplesOf((await ask(`${url}/metrics`)).text).filter(
    ({ labels }) => labels.startsWith(name) && labels.includes(`model="${model}"`),
  );
  const counts = new Map<number, number>();
  for (const { labels, value } of samples) {
    const le = /le="([^"]+)"/.exec(labels)?.[1] ?? '';
    const bound = le === '+Inf' ? Infinity : Number(le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return new Map([...counts].sort(([one], [other]) => one - other));
}

/** What has come since; Prometheus counts each request in all buckets from its own on. */
function since(before: Histogram, now: Histogram): Histogram {
  return new Map([...now].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

function countOf(histogram: Histogram): number {
  return histogram.get(Infinity) ?? 0;
}

/** Which bucket the request is in that took longer than this share of all. */
function bucketOfShare(histogram: Histogram, share: number): number {
  const rank = share * countOf(histogram);
  return [...histogram.values()].findIndex((count) => count >= rank);
}

function bucketOfTime(histogram: Histogram, time: number): number {
  return [...histogram.keys()].findIndex((bound) => time <= bound);
}

describeWhere(missingCommand('wrk'), 'the histogram of request durations', () => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-wrk-'));
    cluster = await startCluster({ balancer: 'direct', hosts: 1, examples: '' });
    const fields = { config: '{"max_batch_size":0}' };
    const bytes = new Uint8Array(buildSlow(300));
    expect(await upload(cluster.url, model, bytes, { fields })).toMatchObject({ status: 201 });
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has the percentiles that the load generator saw, within a bucket', async () => {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }];
    const script = writeScript(folder, {
      path: `/v2/models/${model}/infer`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ inputs })),
    });
    const run = { url: cluster.url, connections };
    const first = await runWrk(script, { ...run, seconds: 1 });
    await eventually('nothing of the first run is under way', async () => {
      return (await sumOf(cluster.url, inFlight)) <= 1 || undefined;
    });
    const before = await readHistogram(cluster.url);
    const wanted = Math.ceil((2 * enough * first.seconds) / first.requests);
    const time = Math.min(Math.max(seconds.least, wanted), seconds.most);
    const seen = await runWrk(script, { ...run, seconds: time });
    expect(seen.requests).toBeGreaterThanOrEqual(enough);
    const measured = await eventually('the histogram has all that was answered', async () => {
      const found = since(before, await readHistogram(cluster.url));
      return countOf(found) >= seen.requests ? found : undefined;
    });
    expect(countOf(measured)).toBeLessThanOrEqual(seen.requests + connections);
    for (const [share, ms] of [
      [0.5, seen.p50Ms],
      [0.99, seen.p99Ms],
    ] as const) {
      const by = bucketOfShare(measured, share) - bucketOfTime(measured, ms / 1000);
      const told = `${share}: ${ms} ms, ${by} buckets from ${JSON.stringify([...measured])}`;
      expect([told, Math.abs(by) <= 1]).toEqual([told, true]);
    }
  });
});
