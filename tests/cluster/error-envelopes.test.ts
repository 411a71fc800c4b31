import { request } from 'node:http';
import { errorTable } from '../../core/errors';
import { startCluster, type TestCluster } from '../support/cluster';
import { bothBalancers } from '../support/each-balancer';

/** Every path that the processes have; some with a model, some without. */
const names = [
  'iris',
  'iris:1',
  'iris:9',
  'nothing',
  '..%2F..%2Fetc',
  '%E0%A4%A',
  'stats',
  'm.pkl',
];
const each = (template: string): string[] => names.map((name) => template.replace('*', name));
const shared = [
  '/',
  '/help',
  '/metrics',
  '/health/live',
  '/health/ready',
  '/v2',
  '/v2/health/live',
  '/v2/health/ready',
  '/nowhere',
  '/%',
  '//',
  ...each('/v2/models/*'),
  ...each('/v2/models/*/ready'),
  ...each('/v2/models/*/infer'),
  ...each('/v2/models/*/generate'),
  ...each('/v2/models/*/versions/1/infer'),
  ...each('/v2/models/*/versions/9'),
  ...each('/v2/models/*/versions/x/ready'),
];
const modelRoutes = ['*', '*/information', '*/default', '*/download', '*/prediction', '*/nothing'];
const inferrerRoutes = [
  ...shared,
  '/api/test',
  '/api/test/sendtomodelhost',
  '/api/v1/models',
  '/api/v1/models/information',
  '/api/v1/models/updatemodelhosts',
  '/cluster/heartbeat',
  '/cluster/hosts',
  '/cluster/upstreams',
  '/cluster/nothing',
  ...modelRoutes.flatMap((route) => each(`/api/v1/models/${route}`)),
];
const hostRoutes = [
  ...shared,
  '/modelhost',
  '/modelhost/api/test',
  '/modelhost/api/test/data',
  '/modelhost/catalog',
  '/modelhost/models',
  '/modelhost/models/information',
  '/modelhost/models/update',
  ...each('/modelhost/*/information'),
  ...modelRoutes.flatMap((route) => each(`/modelhost/models/${route}`)),
];

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

/** Bodies that no route takes, with their content types. */
const bodies: readonly (readonly [type: string, body: string | Buffer])[] = [
  ['application/json', ''],
  ['application/json', '{'],
  ['application/json', '[1,2]'],
  ['application/json', '{"values":{"a":1},"default":"x","model_description":7,"data":3}'],
  ['application/json', '{"inputs":[{"name":"x","shape":[1e9],"datatype":"FP32","data":[]}]}'],
  ['application/json', '{"inputs":[{"name":7}]}'],
  ['application/json', `{"values":${'['.repeat(5000)}`],
  ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="path"\r\n'],
  ['multipart/form-data', 'nothing'],
  ['image/png', 'no picture'],
  ['application/x-unknown', Buffer.from([0, 255, 254, 13, 10])],
];

const inside =
  /node_modules|\.js:|\.ts:|\.cc:|\.h:\d|onnxruntime_src|\/tmp\/|\/work\/|\bat .*\(.*:\d+:\d+\)/;

interface Answered {
  readonly status: number;
  readonly text: string;
}

describe('errors of all routes', () => {
  let cluster: TestCluster;
  let host: string;

  beforeAll(async () => {
    cluster = await startCluster({ balancer: bothBalancers(), models: ['iris'] });
    host = (await cluster.hosts())[0]!.url;
  });

  afterAll(() => cluster.stop());

  /** How many calls, which go to these in turn, were refused, and what is wrong with which answer. */
  async function refusalsOf(
    urls: readonly string[],
    paths: readonly string[],
  ): Promise<{ refused: number; wrong: string[] }> {
    const wrong: string[] = [];
    let refused = 0;
    const calls = paths.flatMap((path) =>
      methods.flatMap((method) =>
        (method === 'GET' || method === 'DELETE' ? bodies.slice(0, 2) : bodies).map(
          ([type, body]) => ({ path, method, type, body }),
        ),
      ),
    );
    // What would delete the example or wait for a change is no error.
    const left = calls.filter(({ path, method }) => {
      return !(method === 'DELETE' && /iris$/.test(path)) && path !== '/modelhost/catalog';
    });
    async function caller(): Promise<void> {
      for (let call = left.pop(); call !== undefined; call = left.pop()) {
        const answer = await send(urls[left.length % urls.length]!, call);
        if (answer.status >= 300) refused += 1;
        const fault = faultOf(answer);
        if (fault === '') continue;
        const { path, method, type, body } = call;
        wrong.push(`${method} ${path} ${type} ${String(body).slice(0, 30)}: ${fault}`);
      }
    }
    await Promise.all(Array.from({ length: 8 }, caller));
    return { refused, wrong };
  }

  test('of the inferrer are the envelope, with their status', async () => {
    const { refused, wrong } = await refusalsOf(cluster.urls, inferrerRoutes);
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(3000);
  });

  test('of a modelhost are the envelope, with their status', async () => {
    const { refused, wrong } = await refusalsOf([host], hostRoutes);
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(3000);
  });

  test('generate and generate_stream are no routes', async () => {
    for (const url of [...cluster.urls, host]) {
      for (const route of ['generate', 'generate_stream', 'versions/1/generate']) {
        const call = { path: `/v2/models/iris/${route}`, method: 'POST' };
        const body = '{"text_input":"a"}';
        const { status, text } = await send(url, { ...call, type: 'application/json', body });
        expect([status, JSON.parse(text)]).toEqual([
          404,
          expect.objectContaining({ code: 'unknown_route' }),
        ]);
      }
    }
  });

  test('afterwards all serve as before', async () => {
    await cluster.ready('h1', 'h2');
    for (const url of cluster.urls) {
      const answer = await fetch(`${url}/api/v1/models/iris/prediction`, {
        method: 'POST',
        body: '{"values":[5.1,3.5,1.4,0.2]}',
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(200);
    }
  });
});

/** What is wrong with an answer; '' where nothing is. */
function faultOf({ status, text }: Answered): string {
  if (status < 300) return '';
  if (inside.test(text)) return `${status} shows the inside: ${text.slice(0, 300)}`;
  return isEnvelope(text, status) ? '' : `${status} ${text.slice(0, 300)}`;
}

interface Envelope {
  readonly error?: unknown;
  readonly code?: unknown;
  readonly http_status?: { readonly code?: unknown };
}

function isEnvelope(text: string, status: number): boolean {
  try {
    const { error, code, http_status: envelope } = JSON.parse(text) as Envelope;
    const known = Object.hasOwn(errorTable, String(code)) && code !== 'internal';
    return known && typeof error === 'string' && error !== '' && envelope?.code === status;
  } catch {
    return false;
  }
}

function send(
  url: string,
  call: { path: string; method: string; type: string; body: string | Buffer },
): Promise<Answered> {
  const { hostname, port } = new URL(url);
  const { path, method, type, body } = call;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const sent = request({ hostname, port, path, method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, text });
      });
    });
    sent.on('error', (error) => {
      reject(new Error(`${method} ${path}: ${error.message}`));
    });
    sent.end(body);
  });
}
