import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  closeTestServers,
  dialectFor,
  startTestServer,
  type TestServer,
} from '../../tests/support/http-server';
import { stop } from '../../core/lifecycle';
import { silentLogger } from '../../core/logging';
import { readSettings } from '../../core/settings';
import { createMetricsDialect } from '../../serving/http/metrics-dialect';
import { Metrics, type Role } from '../metrics';
import { readExposition } from '../read-exposition';
import { startMetricsService, type MetricsService } from './app';
import { findProcesses } from './processes';
import { metricsSettings } from './settings';

const logger = silentLogger();
const services: MetricsService[] = [];
const endings: (() => void)[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await stop(service.stopSteps, logger);
  closeTestServers();
  for (const end of endings.splice(0)) end();
});

const secret = { TOKENS: 'scraper=metrics', CLUSTER_SECRET: 'the-secret' };

async function process(role: Role): Promise<TestServer & { metrics: Metrics }> {
  const metrics = new Metrics({ role, version: '1' });
  const server = await startTestServer({ env: secret, dialects: [createMetricsDialect(metrics)] });
  return { ...server, metrics };
}

async function cluster(env: Record<string, string> = {}): Promise<{
  readonly hosts: readonly TestServer[];
  readonly inferrer: TestServer;
  readonly metrics: Metrics;
  readonly service: MetricsService;
}> {
  const hosts = [await process('modelhost'), await process('modelhost')];
  const metrics = new Metrics({ role: 'inferrer', version: '1' });
  const known = hosts.map(({ url }, n) => ({ id: `h-${n}`, url, ready: n === 0, draining: false }));
  const answer = JSON.stringify({ inferrer: { id: 'i-1', url: 'http://x' }, hosts: known });
  const inferrer = await startTestServer({
    env: secret,
    dialects: [
      dialectFor('/cluster/hosts', (exchange) => {
        exchange.reply(200, { 'content-type': 'application/json' }, answer);
      }),
      createMetricsDialect(metrics),
    ],
  });
  const own = {
    ...secret,
    PORT: '0',
    INFERRER_URL: inferrer.url,
    SCRAPE_TIMEOUT_MS: '10000',
    ...env,
  };
  const service = await startMetricsService(readSettings(metricsSettings, own), '1', logger);
  services.push(service);
  return { hosts, inferrer, metrics, service };
}

async function ask(service: MetricsService, path: string): Promise<Response> {
  return fetch(service.url + path, { headers: { authorization: 'Bearer scraper' } });
}

describe('metrics service', () => {
  it('has all processes in one text, by instance and role', async () => {
    const { hosts, inferrer, service } = await cluster();
    hosts[1]!.server.close();
    const text = await (await ask(service, '/metrics/cluster')).text();
    const families = readExposition(text);
    const up = families.find(({ name }) => name === 'up')!;
    const ports = new Map(up.samples.map(({ labels, value }) => [labels['instance'], value]));
    expect(Object.fromEntries(ports)).toEqual({
      [`127.0.0.1:${inferrer.port}`]: 1,
      [`127.0.0.1:${hosts[0]!.port}`]: 1,
      [`127.0.0.1:${hosts[1]!.port}`]: 0,
      [new URL(service.url).host]: 1,
    });
    const build = families.find(({ name }) => name === 'shoal_build_info')!;
    expect(build.samples.map(({ labels }) => labels['role']).sort()).toEqual([
      'inferrer',
      'metrics',
      'modelhost',
    ]);
    const help = text.split('\n').filter((line) => line.startsWith('# HELP shoal_build_info'));
    expect(help).toHaveLength(1);
    const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text });
    expect([null, 0]).toContain(promtool.status);
  });

  it('names all processes for Prometheus, itself as it was called', async () => {
    const { hosts, inferrer, service } = await cluster();
    const groups = (await (await ask(service, '/targets')).json()) as object[];
    const group = (port: number, labels: object): object => ({
      targets: [`127.0.0.1:${port}`],
      labels,
    });
    expect(groups).toHaveLength(4);
    expect(groups).toEqual(
      expect.arrayContaining([
        group(inferrer.port, { role: 'inferrer', id: 'i-1' }),
        group(hosts[0]!.port, { role: 'modelhost', id: 'h-0' }),
        group(hosts[1]!.port, { role: 'modelhost', id: 'h-1' }),
        group(Number(new URL(service.url).port), { role: 'metrics' }),
      ]),
    );
  });

  it('summarises by its own scraping where there is no Prometheus', async () => {
    const { service } = await cluster();
    const summary = await (await ask(service, '/api/v1/cluster')).json();
    expect(summary).toMatchObject({
      http_status: { code: 200 },
      source: 'scraping',
      error_share: null,
      latency_seconds: { p50: null },
      inferrers: [{ id: 'i-1', ready: true }],
    });
    const { hosts } = summary as { hosts: { id: string; ready: boolean }[] };
    expect(hosts.map(({ id, ready }) => [id, ready]).sort()).toEqual([
      ['h-0', true],
      ['h-1', false],
    ]);
  });

  it('asks Prometheus where there is one, and does without when that is away', async () => {
    const queries: string[] = [];
    const prometheus = createServer((request, response) => {
      const query = new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? '';
      queries.push(query);
      response.end(JSON.stringify({ data: { result: [{ value: [0, '0.25'] }] } }));
    });
    await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
    endings.push(() => {
      prometheus.closeAllConnections();
      prometheus.close();
    });
    const { port } = prometheus.address() as AddressInfo;
    const { service } = await cluster({ PROMETHEUS_URL: `http://127.0.0.1:${port}/` });
    const summary = await (await ask(service, '/api/v1/cluster')).json();
    expect(summary).toMatchObject({ source: 'prometheus', requests_per_second: 0.25 });
    expect(queries).toHaveLength(7);
    prometheus.closeAllConnections();
    await new Promise((resolve) => prometheus.close(resolve));
    const without = await (await ask(service, '/api/v1/cluster')).json();
    expect(without).toMatchObject({ source: 'scraping' });
  });

  it('lives without an inferrer, and answers with the error body', async () => {
    const { service } = await cluster({ INFERRER_URL: 'http://127.0.0.1:9' });
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    const summary = await (await ask(service, '/api/v1/cluster')).json();
    expect(summary).toMatchObject({ inferrers: [{ ready: false }], hosts: [] });
    expect((await fetch(`${service.url}/metrics/cluster`)).status).toBe(401);
    const missing = await fetch(`${service.url}/nothing`, {
      headers: { 'shoal-cluster-secret': 'the-secret' },
    });
    expect([missing.status, await missing.json()]).toMatchObject([404, { code: 'unknown_route' }]);
  });
});

describe('processes', () => {
  it('are found through every address of the inferrer, once each', async () => {
    const asked: string[] = [];
    const found = await findProcesses(
      'http://inferrer:8000/shoal',
      (url) => {
        asked.push(url);
        const host = { id: 'h-1', url: 'http://10.0.0.9:8000', draining: false };
        const ready = url.includes('10.0.0.2');
        return Promise.resolve(
          JSON.stringify({ inferrer: { id: url.slice(7, 15) }, hosts: [{ ...host, ready }] }),
        );
      },
      () => Promise.resolve(['10.0.0.1', '10.0.0.2', 'fd00::3']),
    );
    expect(asked).toEqual([
      'http://10.0.0.1:8000/shoal/cluster/hosts',
      'http://10.0.0.2:8000/shoal/cluster/hosts',
      'http://[fd00::3]:8000/shoal/cluster/hosts',
    ]);
    expect(found.map(({ instance, role, ready }) => [instance, role, ready])).toEqual([
      ['10.0.0.1:8000', 'inferrer', true],
      ['10.0.0.2:8000', 'inferrer', true],
      ['10.0.0.9:8000', 'modelhost', true],
      ['[fd00::3]:8000', 'inferrer', true],
    ]);
  });
});
