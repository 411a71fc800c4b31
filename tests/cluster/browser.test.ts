import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openBrowser } from '../support/browser';
import { TestCertificates } from '../support/certificates';
import { describeWhere, missingCommand } from '../support/describe-where';
import { startEdgeCluster, type EdgeCluster } from '../support/edge-cluster';
import { freePort } from '../support/free-port';
import { startNginx, type RunningNginx } from '../support/nginx';
import { startPageServer } from '../support/page-server';

/** What the page does with the typed client; JSON knows neither BigInt nor typed arrays. */
const script = `
import { createClient, ServerError } from '/client/index.js';
const plain = (_, value) =>
  typeof value === 'bigint' ? value + 'n'
  : ArrayBuffer.isView(value) ? [value.constructor.name, ...value] : value;
const found = {};
try {
  const shoal = createClient({ url: SERVER, token: 'page', retries: { count: 0, delayMs: 1 } });
  const features = { data: Float32Array.of(5.1, 3.5, 1.4, 0.2, 6.7, 3, 5.2, 2.3), shape: [2, 4] };
  found.ready = await shoal.ready();
  for (const format of ['binary', 'json']) {
    const { outputs, modelhost } = await shoal.infer('iris', { features }, { format, outputs: ['label'] });
    found[format] = outputs.label;
    found.modelhost = modelhost;
  }
  const word = { data: ['schön', 'zebra'], shape: [2] };
  found.words = (await shoal.infer('words', { word }, { outputs: ['sentiment'] })).outputs.sentiment;
  const large = { data: new Float32Array(40000).fill(1), shape: [10000, 4] };
  found.large = await shoal.infer('iris', { features: large }).catch((e) => [e.constructor.name, e.code]);
  found.unknown = await shoal.infer('none', { features })
    .catch((e) => [e instanceof ServerError, e.status, e.code, e.requestId !== '']);
  const stop = new AbortController();
  const ended = shoal.infer('slow', { x: { data: new Float32Array(4), shape: [1, 4] } }, { signal: stop.signal });
  stop.abort(new Error('enough'));
  found.aborted = await ended.catch((e) => e.message);
  found.models = (await shoal.models.list()).includes('iris.onnx');
  found.described = await shoal.models.describe('iris', 'From a page').then(() => 'done', (e) => e.code);
} catch (error) {
  found.failed = String(error?.stack ?? error);
}
await fetch('/found', { method: 'POST', body: JSON.stringify(found, plain) });
`;

const missing = missingCommand('chromium', 'nginx', 'curl', 'openssl');

describeWhere(missing, 'the typed client in a browser', () => {
  const certificates = new TestCertificates();
  let modules: string;
  let started: EdgeCluster;
  let secure: RunningNginx;

  beforeAll(async () => {
    modules = mkdtempSync(path.join(tmpdir(), 'shoal-modules-'));
    const compiler = require.resolve('typescript/bin/tsc');
    const info = path.join(modules, '.tsbuildinfo');
    const options = ['-p', 'client', '--outDir', modules, '--tsBuildInfoFile', info, '--noCheck'];
    execFileSync(process.execPath, [compiler, ...options]);
    const allowed = { CORS_ORIGINS: '*', TOKENS: 'page=infer', CLUSTER_SECRET: 's' };
    started = await startEdgeCluster(
      {},
      { environment: allowed, models: ['iris', 'slow', 'words'] },
    );
    const { certFile, keyFile } = certificates.make('edge');
    secure = await startNginx({
      role: 'edge',
      port: await freePort(),
      inferrer: started.cluster.urls.map((url) => new URL(url).host).join(),
      environment: { TLS_CERT: certFile, TLS_KEY: keyFile },
    });
  });

  afterAll(() => secure.stop());

  afterAll(() => started.stop());

  afterAll(() => {
    certificates.remove();
    rmSync(modules, { recursive: true });
  });

  test.each(['an inferrer', 'the edge', 'the edge, with TLS'])('asks %s', async (which) => {
    const url = { 'an inferrer': started.cluster.url, 'the edge': started.edge.url }[which];
    const server = JSON.stringify(url ?? secure.url);
    const page = await startPageServer(`const SERVER = ${server};\n${script}`, modules);
    const browser = openBrowser(page.origin);
    const found = await page.found;
    await browser.stop();
    await page.stop();
    const label = { datatype: 'INT64', shape: [2], data: ['BigInt64Array', '0n', '2n'] };
    expect(found).toEqual({
      ready: true,
      binary: label,
      json: label,
      modelhost: expect.stringMatching(/^h[12]$/) as string,
      words: { datatype: 'FP32', shape: [2], data: ['Float32Array', 0.75, 0] },
      large: ['ServerError', 'overloaded'],
      unknown: [true, 404, 'unknown_model', true],
      aborted: 'enough',
      models: true,
      described: 'forbidden',
    });
  });
});
