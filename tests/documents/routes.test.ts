import type { Express } from 'express';
import { readFileSync } from 'node:fs';
import { createInferrerApp } from '../../inferrer/app';
import { createModelhostApp } from '../../modelhost/app';
import { startCluster, type TestCluster } from '../support/cluster';
import { freePort } from '../support/free-port';
import { code, readDocument, tableUnder } from '../support/markdown';
import { needOf } from '../../serving/http/scope';
import { eventually, startProcess, type StartedProcess } from '../support/processes';

const text = readDocument('docs/protocol.md');
const titles = ['Inferrer', 'Modelhost', 'Metrics service'] as const;

/** Paths with their methods, e.g. `GET, POST` of `/api/v1/models/<m>/prediction`. */
function documented(title: string): (readonly [string, readonly string[]])[] {
  return tableUnder(text, title).map(([methods = '', path = '']) => [
    code(path),
    methods.split(', '),
  ]);
}

describe('docs/protocol.md', () => {
  let cluster: TestCluster;
  let metrics: StartedProcess;
  let metricsUrl: string;

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'direct', hosts: 1, examples: '' });
    const port = String(await freePort());
    metricsUrl = `http://127.0.0.1:${port}`;
    metrics = startProcess('metrics', 'metrics/service/main.js', {
      PORT: port,
      INFERRER_URL: cluster.url,
    });
    await eventually('the metrics service', async () =>
      (await fetch(`${metricsUrl}/health/live`)).ok ? true : undefined,
    );
  });

  afterAll(() => metrics.end('SIGKILL'));
  afterAll(() => cluster.stop());

  async function urlOf(title: string): Promise<string> {
    if (title === 'Metrics service') return metricsUrl;
    return title === 'Inferrer' ? cluster.url : (await cluster.hosts())[0]!.url;
  }

  it.each(titles)('names routes that exist, with their methods: %s', async (title) => {
    const base = await urlOf(title);
    const rows = documented(title);
    expect(rows.length).toBeGreaterThan(3);
    for (const [path, methods] of rows) {
      const filled = path
        .replace('<m>', 'absent')
        .replace('<v>', '1')
        .replace(/<\w+>/, 'x')
        .replace(/\?.*/, '');
      expect([path, (await allowed(base + filled)).sort()]).toEqual([path, [...methods].sort()]);
    }
  });
});

/** What a server says to OPTIONS; HEAD comes with every GET. */
async function allowed(url: string): Promise<string[]> {
  const answer = await fetch(url, { method: 'OPTIONS' });
  const allow = answer.headers.get('allow') ?? `${answer.status} ${await answer.text()}`;
  return allow.split(', ').filter((method) => method !== 'HEAD');
}

/** `:model` in Express is `<m>` in the document. */
function routesOf(app: Express): string[] {
  const stack = (app as unknown as { router: { stack: { route?: { path: string } }[] } }).router
    .stack;
  return stack.flatMap(({ route }) => route?.path ?? []);
}

function inWords(route: string): string {
  return route.replace(':model', '<m>').replace(/:(\w+)/, '<$1>');
}

describe('every route of the code is documented', () => {
  const paths = (title: string): string[] =>
    documented(title).map(([path]) => path.replace(/\?.*/, ''));

  it.each([
    ['Inferrer', createInferrerApp({} as never)],
    ['Modelhost', createModelhostApp({} as never)],
  ])('%s: Express', (title, app) => {
    const routes = routesOf(app).map(inWords);
    expect(routes.length).toBeGreaterThan(8);
    expect(routes.filter((route) => !paths(title).includes(route))).toEqual([]);
  });

  it.each([
    ['Inferrer', 'inferrer/cluster-dialect.ts'],
    ['Inferrer', 'serving/http/metrics-dialect.ts'],
    ['Inferrer', 'serving/http/health.ts'],
    ['Modelhost', 'serving/http/metrics-dialect.ts'],
    ['Modelhost', 'serving/http/health.ts'],
    ['Metrics service', 'serving/http/metrics-dialect.ts'],
    ['Metrics service', 'metrics/service/cluster-dialect.ts'],
    ['Metrics service', 'serving/http/health.ts'],
    ['Inferrer', 'protocol/dialects/open-inference/open-inference-dialect.ts'],
    ['Modelhost', 'protocol/dialects/open-inference/open-inference-dialect.ts'],
  ])('%s: %s', (title, file) => {
    const routes = [...readFileSync(file, 'utf8').matchAll(/'(\/[a-z0-9][a-z0-9/]*[a-z0-9])'/g)];
    expect(routes.length).toBeGreaterThan(1);
    const missing = routes.map(([, route]) => route).filter((at) => !paths(title).includes(at!));
    expect(missing).toEqual([]);
  });
});

describe('scopes', () => {
  const needs: Readonly<Record<string, string>> = { none: 'open', 'cluster secret': 'cluster' };

  it.each(titles)('are those that the code asks for: %s', (title) => {
    for (const [methods = '', path = '', scope = ''] of tableUnder(text, title)) {
      const filled = code(path).replace(/<\w+>/g, 'x').replace(/\?.*/, '');
      for (const method of methods.split(', ')) {
        const [forGet = '', forOthers] = scope.replace(' (GET)', '').split(', ');
        const said = method === 'GET' ? forGet : (forOthers ?? forGet);
        expect([method, filled, needOf(method, filled)]).toEqual([
          method,
          filled,
          needs[said] ?? said,
        ]);
      }
    }
  });
});
