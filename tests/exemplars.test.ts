import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask } from './support/ask';
import { describeWhere, missingCommand } from './support/describe-where';
import { freePort } from './support/free-port';
import { eventually, startProcess, type StartedProcess } from './support/processes';

interface Exemplars {
  readonly data: readonly {
    readonly exemplars: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly value: string;
      readonly timestamp: number;
    }[];
  }[];
}

describeWhere(missingCommand('prometheus'), 'Prometheus', () => {
  let folder: string;
  let inferrer: StartedProcess;
  let prometheus: ChildProcess;
  let [inferrerUrl, prometheusUrl] = ['', ''];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-prometheus-'));
    const ports = [await freePort(), await freePort()];
    [inferrerUrl, prometheusUrl] = ports.map((port) => `http://127.0.0.1:${port}`) as [
      string,
      string,
    ];
    inferrer = startProcess('inferrer', 'inferrer/main.js', { PORT: String(ports[0]) });
    const config = path.join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s' },
        scrape_configs: [
          { job_name: 'shoal', static_configs: [{ targets: [new URL(inferrerUrl).host] }] },
        ],
      }),
    );
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        `--web.listen-address=${new URL(prometheusUrl).host}`,
        '--enable-feature=exemplar-storage',
      ],
      { stdio: 'ignore' },
    );
  });

  afterAll(async () => {
    const ended = once(prometheus, 'close');
    prometheus.kill('SIGKILL');
    await Promise.all([ended, inferrer.end('SIGKILL')]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('knows for how long a request took which request that was', async () => {
    const began = Date.now() / 1000;
    await eventually('the inferrer answers', () =>
      ask(`${inferrerUrl}/health/live`, { headers: { 'x-request-id': 'the-slow-one' } }),
    );
    const query = new URLSearchParams({
      query: 'shoal_request_duration_seconds_bucket{dialect="health"}',
      start: String(began - 3600),
      end: String(began + 3600),
    });
    const found = await eventually('Prometheus has its exemplar', async () => {
      const { text } = await ask(`${prometheusUrl}/api/v1/query_exemplars?${query.toString()}`);
      const all = (JSON.parse(text) as Exemplars).data.flatMap(({ exemplars }) => exemplars);
      return all.find(({ labels }) => labels['request_id'] === 'the-slow-one');
    });
    expect(Number(found.value)).toBeGreaterThan(0);
    expect(Math.abs(found.timestamp - began)).toBeLessThan(60);
  });
});
