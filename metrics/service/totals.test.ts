import { Metrics } from '../metrics';
import { readExposition } from '../read-exposition';
import { History } from './history';
import type { Scrape } from './merge';
import type { ClusterProcess } from './processes';
import { increase, together, totalsOf, type Totals } from './totals';

const stages = { decode: 1, queue: 1, transfer: 1, run: 1, encode: 1 };

function serve(metrics: Metrics, requests: number, status = 200): void {
  for (let n = 0; n < requests; n += 1) {
    const about = { model: 'm', version: '1', host: 'h', rows: 1, answered: true };
    const facts = { ...about, errorCode: '', stages };
    metrics.requests.done({ ...facts, dialect: 'fractal' }, status, 0.003);
    metrics.requests.done({ ...facts, dialect: 'management', model: '' }, 200, 9);
    metrics.requests.batchSent('m', '1', 4);
  }
}

async function lookAt(metrics: Metrics): Promise<Totals> {
  return totalsOf(readExposition(await metrics.write('text')));
}

function inferrer(instance: string): ClusterProcess {
  return { role: 'inferrer', id: '', instance, url: '', ready: true, draining: false };
}

describe('totals', () => {
  it('are the uses of models, their errors, batches and loaded models', async () => {
    const metrics = new Metrics({ role: 'inferrer', version: '1' });
    metrics.gauge('shoal_models_loaded', () => [[{}, 5]]);
    serve(metrics, 10);
    serve(metrics, 2, 503);
    const totals = await lookAt(metrics);
    expect(totals).toMatchObject({ requests: 12, errors: 2, batches: 12, batchRows: 48 });
    expect(totals.modelsLoaded).toBe(5);
    expect(totals.latency.at(-1)).toEqual({ bound: Infinity, count: 12 });
    expect(totals.latency.find(({ bound }) => bound === 0.0025)?.count).toBe(0);
  });

  it('of a process that has started anew count from nothing', async () => {
    const old = new Metrics({ role: 'inferrer', version: '1' });
    serve(old, 10);
    const young = new Metrics({ role: 'inferrer', version: '1' });
    serve(young, 3);
    const [before, after] = [await lookAt(old), await lookAt(young)];
    expect(increase(before, after).requests).toBe(3);
    expect(increase(after, before).requests).toBe(7);
    expect(together([before, after])).toMatchObject({ requests: 13, batches: 13 });
  });
});

describe('history', () => {
  it('gives rates over its window, also with inferrers that came later', async () => {
    const history = new History(60_000);
    const [a, b] = [1, 2].map(() => new Metrics({ role: 'inferrer', version: '1' }));
    const scrape = async (metrics: Metrics, instance: string): Promise<Scrape> => ({
      process: inferrer(instance),
      families: readExposition(await metrics.write('text')),
    });
    expect(history.numbers()).toMatchObject({ requests_per_second: null, error_share: null });
    serve(a!, 100);
    history.add([await scrape(a!, 'a')], 1000);
    serve(a!, 15);
    serve(b!, 50);
    history.add([await scrape(a!, 'a'), await scrape(b!, 'b')], 6000);
    serve(b!, 5, 500);
    history.add([await scrape(a!, 'a'), await scrape(b!, 'b')], 11_000);
    const numbers = history.numbers();
    expect(numbers).toMatchObject({
      window_seconds: 10,
      requests_per_second: 2,
      error_share: 0.25,
    });
    expect(numbers.batch_rows_mean).toBe(4);
    expect(numbers.latency_seconds.p50).toBeGreaterThan(0.0025);
    expect(numbers.latency_seconds.p50).toBeLessThan(0.005);
  });
});
