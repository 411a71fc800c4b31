import { spawnSync } from 'node:child_process';
import type { ExpositionFormat } from './exposition';
import { Metrics } from './metrics';
import type { RequestFacts } from './request-facts';

const facts: RequestFacts = {
  dialect: 'fractal',
  model: 'iris',
  version: '1',
  host: 'h-1',
  rows: 3,
  answered: true,
  errorCode: '',
  stages: { decode: 10, queue: 20, transfer: 30, run: 400, encode: 5 },
};

/** Skipped where Prometheus' promtool is not installed. */
const promtool = spawnSync('promtool', ['--version']).status === 0;
const itWithPromtool = promtool || process.env['CI'] === 'true' ? it : it.skip;

function busy(): Metrics {
  const metrics = new Metrics({
    role: 'inferrer',
    version: '0.1.0',
    constantLabels: { id: 'a"\\b' },
  });
  metrics.requests.started();
  metrics.requests.done(facts, 200, 0.002);
  metrics.requests.started();
  metrics.requests.done({ ...facts, errorCode: 'unknown_model', model: 'nobody' }, 404, 0.001);
  metrics.requests.batchSent('iris', '1', 3);
  const run = { rows: 3, answeredRows: 3, transferUs: 30, runUs: 400, outputUs: 1 };
  metrics.requests.ran('iris', '1', run, 1000);
  metrics.gauge('shoal_queue_rows', () => [[{ model: 'iris', version: '1' }, 7]]);
  metrics.count('shoal_attempts_total', { host: 'h-1', outcome: 'replied' });
  metrics.count('shoal_attempts_total', { host: 'h-1', outcome: 'replied' }, 2);
  metrics.observe('shoal_model_load_duration_seconds', { model: 'iris', version: '1' }, 0.3);
  metrics.requests.started();
  return metrics;
}

async function lines(metrics: Metrics, format: ExpositionFormat = 'text'): Promise<string[]> {
  return (await metrics.write(format)).split('\n');
}

describe('metrics of a process', () => {
  it('count requests, rows, stages, batches and what the parts tell', async () => {
    const text = await lines(busy());
    const id = 'id="a\\"\\\\b"';
    for (const line of [
      `shoal_requests_total{${id},dialect="fractal",model="iris",version="1",host="h-1",code="200"} 1`,
      `shoal_request_duration_seconds_bucket{${id},dialect="fractal",model="iris",version="1",le="0.0025"} 1`,
      `shoal_request_duration_seconds_bucket{${id},dialect="fractal",model="iris",version="1",le="0.001"} 0`,
      `shoal_stage_duration_seconds_sum{${id},stage="run",model="iris",version="1"} 0.0004`,
      `shoal_rows_total{${id},model="iris",version="1"} 3`,
      `shoal_batch_rows_bucket{${id},model="iris",version="1",le="4.0"} 1`,
      `shoal_queue_rows{${id},model="iris",version="1"} 7`,
      `shoal_attempts_total{${id},host="h-1",outcome="replied"} 3`,
      `shoal_in_flight_requests{${id}} 1`,
      `model_request_operations_total{${id}} 2`,
      `shoal_errors_total{${id},dialect="fractal",error="unknown_model"} 1`,
    ]) {
      expect(text).toContain(line);
    }
  });

  it('never make labels out of names that nobody serves', async () => {
    const metrics = new Metrics({ role: 'inferrer', version: '0.1.0' });
    for (let n = 0; n < 10_000; n += 1) {
      const made = { ...facts, model: `m${n}`, version: `${n}`, errorCode: 'unknown_model' };
      metrics.requests.done(made, 404, 0.001);
    }
    const text = await lines(metrics);
    expect(text.filter((line) => line.startsWith('shoal_requests_total'))).toEqual([
      'shoal_requests_total{dialect="fractal",model="",version="",host="h-1",code="404"} 10000',
    ]);
  });

  it('count what is asked of a model otherwise than to infer under no model', async () => {
    const metrics = busy();
    for (const version of ['1', '']) {
      metrics.requests.done({ ...facts, version, rows: null, host: '', stages: null }, 200, 9);
    }
    const text = (await lines(metrics)).join('\n');
    const labels = 'id="a\\"\\\\b",dialect="fractal"';
    expect(text).toContain(`total{${labels},model="",version="",host="",code="200"} 2`);
    expect(text).toContain(`seconds_count{${labels},model="iris",version="1"} 1`);
    expect(text).not.toContain('model="iris",version=""');
    expect(text).toContain('model_request_operations_total{id="a\\"\\\\b"} 2');
    const [series] = metrics.requests.models();
    expect([series?.succeeded, series?.succeededSeconds]).toEqual([1, 0.002]);
  });

  it('count failures of a model that is known to be served under its name, until it is gone', async () => {
    const metrics = new Metrics({ role: 'inferrer', version: '0.1.0' });
    let served = [{ name: 'iris', versions: [{ version: 1 }] }];
    metrics.follow(() => served);
    const labels = { model: 'iris', version: '1' };
    metrics.requests.batchSent('iris', '1', 3);
    metrics.requests.done({ ...facts, errorCode: 'run_failed' }, 400, 0.001);
    metrics.count('shoal_refused_requests_total', { ...labels, reason: 'full' });
    metrics.count('shoal_limited_requests_total', { model: 'iris', reason: 'model' });
    metrics.count('shoal_limited_requests_total', { model: '', reason: 'client' });
    metrics.observe('shoal_model_load_duration_seconds', labels, 0.3);
    const failed = 'model="iris",version="1",host="h-1",code="400"} 1';
    expect((await lines(metrics)).filter((line) => line.endsWith(failed))).toHaveLength(1);
    served = [];
    const left = await lines(metrics);
    expect(left.filter((line) => line.includes('iris'))).toEqual([]);
    expect(left).toContain('shoal_limited_requests_total{model="",reason="client"} 1');
  });

  it.each([
    ['unrepresentable_output', true, 422, 1],
    ['internal', true, 500, 1],
    // Told of when they failed.
    ['internal', false, 500, 0],
    ['run_failed', false, 400, 0],
    // Nobody waits for it, or the caller has asked wrongly.
    ['client_closed', true, 499, 0],
    ['invalid_request', true, 400, 0],
  ])(
    'count %s, answered %p, as lost where the answer was there',
    (...[errorCode, answered, status, lost]) => {
      const metrics = new Metrics({ role: 'inferrer', version: '0.1.0' });
      metrics.requests.batchSent('iris', '1', 3);
      metrics.requests.done({ ...facts, errorCode, answered }, status, 0.25);
      const [series] = metrics.requests.models();
      expect([series?.lost, series?.lostSeconds]).toEqual([lost, lost * 0.25]);
      expect(series?.succeeded).toBe(0);
    },
  );

  it('under Triton names end with their model, too, if nobody asks for others', () => {
    const metrics = busy();
    const served = [{ name: 'iris', versions: [{ version: 1 }] }];
    metrics.follow(() => served);
    expect(metrics.writeTriton()).toContain('iris');
    served.pop();
    expect(metrics.writeTriton()).not.toContain('iris');
  });

  it('are written in turns: what comes meanwhile does not wait for the end of it', async () => {
    const metrics = new Metrics({ role: 'inferrer', version: '0.1.0' });
    for (let n = 0; n < 100; n += 1) {
      metrics.requests.done({ ...facts, model: `m${n}` }, 200, 0.001);
    }
    let [written, turns] = [false, 0];
    const others = (): void => {
      turns += 1;
      if (!written) setImmediate(others);
    };
    setImmediate(others);
    const text = await lines(metrics);
    written = true;
    expect(text.length).toBeGreaterThan(10_000);
    expect(turns).toBeGreaterThan(text.length / 1000);
  });

  it('have room for new versions however many have come and gone', async () => {
    const metrics = new Metrics({ role: 'inferrer', version: '0.1.0' });
    let version = 0;
    metrics.follow(() => [{ name: 'iris', versions: [{ version }] }]);
    for (; version < 6000; version += 1) {
      metrics.requests.done({ ...facts, version: String(version) }, 200, 0.001);
      metrics.observe(
        'shoal_model_load_duration_seconds',
        { model: 'iris', version: String(version) },
        0.3,
      );
      if (version % 1000 === 0) await metrics.write('text');
    }
    version -= 1;
    const text = await lines(metrics);
    expect(text.filter((line) => line.startsWith('shoal_requests_total'))).toEqual([
      'shoal_requests_total{dialect="fractal",model="iris",version="5999",host="h-1",code="200"} 1',
    ]);
    const loads = text.filter((line) => line.startsWith('shoal_model_load_duration_seconds_count'));
    expect(loads).toEqual([
      'shoal_model_load_duration_seconds_count{model="iris",version="5999"} 1',
    ]);
  });

  itWithPromtool('are clean for promtool in the text form', async () => {
    const input = await busy().write('text');
    const run = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(run.stderr + run.stdout).toBe('');
    expect(run.status).toBe(0);
  });

  it('follow OpenMetrics where that is asked for', async () => {
    const text = await lines(busy(), 'openmetrics');
    expect(text.at(-2)).toBe('# EOF');
    expect(text).toContain('# TYPE shoal_requests counter');
    expect(text.some((line) => line.startsWith('shoal_requests_total{'))).toBe(true);
    expect(text.filter((line) => line === '')).toHaveLength(1);
  });

  it('say in OpenMetrics which request a bucket has counted of late', async () => {
    const metrics = new Metrics({ role: 'inferrer', version: '0.1.0' });
    const buckets = async (format: ExpositionFormat): Promise<string[]> =>
      (await lines(metrics, format)).filter((line) =>
        /^shoal_request_du.*_bucket.*"0.0025"/.test(line),
      );
    const began = performance.now();
    const done = (requestId: string, second: number): void => {
      metrics.requests.done(facts, 200, 0.002, { requestId, arrivedAt: began + second * 1000 });
    };
    done('a-1', 0);
    done('a"\\2', 1);
    done('a-3', 1.9);
    const [open = ''] = await buckets('openmetrics');
    const [, id, time] = / 3 # \{request_id="(.*)"\} 0\.002 (\d+\.\d{3})$/.exec(open) ?? [];
    expect(id).toBe('a\\"\\\\2');
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(60);
    expect(await buckets('text')).toEqual([expect.stringMatching(/} 3$/)]);
    done('x'.repeat(119), 3);
    expect(await buckets('openmetrics')).toEqual([expect.stringMatching(/} 4$/)]);
  });

  it('say it of each stage as well, with the time in that stage', async () => {
    const metrics = new Metrics({ role: 'inferrer', version: '0.1.0' });
    const request = { requestId: 'a-1', arrivedAt: performance.now() };
    metrics.requests.done(facts, 200, 0.002, request);
    const told = (await lines(metrics, 'openmetrics')).flatMap((line) => {
      const [, stage, seconds, time] =
        /^shoal_stage_.*stage="(\w+)".* # \{request_id="a-1"\} (\S+) (\S+)$/.exec(line) ?? [];
      return stage === undefined ? [] : [[stage, Number(seconds), Number(time)]];
    });
    const ended = (performance.timeOrigin + request.arrivedAt + 2) / 1000;
    expect(told).toEqual([
      ['decode', 0.00001, expect.closeTo(ended, 2)],
      ['queue', 0.00002, expect.closeTo(ended, 2)],
      ['transfer', 0.00003, expect.closeTo(ended, 2)],
      ['run', 0.0004, expect.closeTo(ended, 2)],
      ['encode', 0.000005, expect.closeTo(ended, 2)],
    ]);
  });

  it('have Triton names in a text of their own', () => {
    const text = busy().writeTriton().split('\n');
    const labels = '{id="a\\"\\\\b",model="iris",version="1"}';
    expect(text).toContain(`nv_inference_request_success${labels} 1`);
    expect(text).toContain(`nv_inference_count${labels} 3`);
    expect(text).toContain(`nv_inference_exec_count${labels} 1`);
    expect(text).toContain(`nv_inference_compute_infer_duration_us${labels} 400`);
  });
});
