import express from 'express';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  closeTestServers,
  startTestServer,
  type TestServer,
} from '../../tests/support/http-server';
import { silentLogger } from '../../core/logging';
import { createAuthorisation } from './authorisation';
import { needOf, type Need } from './scope';
import { parseTokens } from './tokens';

afterEach(closeTestServers);

/** Routes as the services have them, and what each needs. */
const routes: readonly (readonly [Need, string, string])[] = [
  ['open', 'GET', '/'],
  ['open', 'GET', '/health/live'],
  ['open', 'GET', '/v2/health/ready'],
  ['infer', 'GET', '/help'],
  ['infer', 'POST', '/api/test/sendtomodelhost'],
  ['infer', 'GET', '/api/v1/models'],
  ['infer', 'GET', '/api/v1/models/information'],
  ['infer', 'GET', '/api/v1/models/m'],
  ['infer', 'GET', '/api/v1/models/m/information'],
  ['infer', 'POST', '/api/v1/models/m/prediction'],
  ['infer', 'GET', '/api/v1/models/m:2/prediction'],
  ['infer', 'GET', '/v2/models/m/versions/2'],
  ['infer', 'POST', '/v2/models/m/versions/2/infer'],
  ['infer', 'GET', '/modelhost/models/information'],
  ['manage', 'POST', '/modelhost/m/information'],
  ['infer', 'POST', '/modelhost/models/m/prediction'],
  ['metrics', 'GET', '/metrics'],
  ['metrics', 'GET', '/metrics/cluster'],
  ['metrics', 'GET', '/api/v1/cluster'],
  ['metrics', 'GET', '/targets'],
  ['manage', 'PUT', '/api/v1/models/m'],
  ['manage', 'POST', '/api/v1/models/m'],
  ['manage', 'DELETE', '/api/v1/models/m'],
  ['manage', 'DELETE', '/api/v1/models/m:2'],
  ['manage', 'GET', '/api/v1/models/m/download'],
  ['manage', 'POST', '/api/v1/models/m/default'],
  ['manage', 'POST', '/api/v1/models/updatemodelhosts'],
  ['manage', 'GET', '/api/v1/models/updatemodelhosts'],
  ['infer', 'POST', '/v2/repository/index'],
  ['manage', 'POST', '/v2/repository/models/m/load'],
  ['manage', 'PUT', '/modelhost/models/m'],
  ['manage', 'POST', '/modelhost/models/update'],
  ['cluster', 'POST', '/cluster/heartbeat'],
  ['cluster', 'GET', '/cluster/hosts'],
  ['cluster', 'GET', '/modelhost/catalog'],
];

/** Other ways to write a path that some router might take for the same. */
function aliases(path: string): string[] {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const encoded = Buffer.from(last).toString('hex').replaceAll(/../g, '%$&');
  const start = path.slice(0, path.length - last.length);
  return [
    path,
    `${path}/`,
    `${path}//`,
    `/${path}`,
    path.toUpperCase(),
    start + encoded,
    start + encoded.toUpperCase(),
    path.replace(/\/([a-z])/, (_all, c: string) => `/%${c.charCodeAt(0).toString(16)}`),
    path.replaceAll('/', '%2F').replace('%2F', '/'),
    path.replaceAll('/', '//'),
    `${path}?x=1`,
    `${path}/.`,
    `${path}/x/..`,
    `${path};v=1`,
    `${path}%00`,
    `${path}#x`,
    path.replaceAll('/', '\\').replace('\\', '/'),
    `http://other${path}`,
  ];
}

const env = {
  TOKENS: 'ci:infer-token=infer;manage-token=manage+infer;metrics-token==metrics',
  CLUSTER_SECRET: 'the-secret',
  BASE_PATH: '/shoal',
};

/** An app with all routes; says in a header what it needed to get to the one that answered. */
function appWithAllRoutes(): express.Express {
  const app = express();
  for (const [need, method, path] of routes) {
    const pattern = path.replaceAll(/\/m(:2)?(?=\/|$)/g, '/:name');
    const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    app[verb](pattern, (_request, response) => void response.set('needed', need).end());
  }
  return app;
}

interface Answer {
  readonly status: number;
  readonly needed: string | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(
  server: TestServer,
  [method, path]: readonly [string, string],
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const about = { port: server.port, method, path, headers, agent };
    const request = httpRequest(about, (response) => {
      response.resume();
      const needed = response.headers['needed'] as string | undefined;
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, needed });
      });
    });
    request.on('error', reject);
    request.end();
  });
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('authorisation', () => {
  const fallback = appWithAllRoutes();

  it.each(routes)('%s: %s %s', async (need, method, path) => {
    const server = await startTestServer({ env, dialects: [], fallback });
    const answers = await Promise.all(
      [
        {},
        bearer('no-such-token'),
        bearer('infer-token'),
        bearer('manage-token'),
        bearer('metrics-token='),
        { 'shoal-cluster-secret': 'the-secret' },
      ].map((headers) => ask(server, [method, `/shoal${path}`], headers)),
    );
    const wanted = {
      open: [200, 200, 200, 200, 200, 200],
      infer: [401, 401, 200, 200, 403, 200],
      manage: [401, 401, 403, 200, 403, 200],
      metrics: [401, 401, 403, 403, 200, 200],
      cluster: [403, 403, 403, 403, 403, 200],
    }[need];
    expect(answers.map(({ status }) => status)).toEqual(wanted);
  });

  it('lets no way of writing a path around it', async () => {
    const server = await startTestServer({ env, dialects: [], fallback });
    const tries = routes.flatMap(([, method, path]) =>
      aliases(path).flatMap((alias) => {
        const target = alias.replace(/^(http:\/\/other)?/, '$1/shoal');
        return [method, 'GET', 'POST'].map((verb) => [verb, target] as const);
      }),
    );
    const reached: string[] = [];
    for (const [verb, target] of tries) {
      const none = await ask(server, [verb, target], {});
      const infer = await ask(server, [verb, target], bearer('infer-token'));
      const metrics = await ask(server, [verb, target], bearer('metrics-token='));
      if (![undefined, 'open'].includes(none.needed)) reached.push(`${verb} ${target}`);
      if (![undefined, 'open', 'infer'].includes(infer.needed)) reached.push(`${verb} ${target}`);
      if (![undefined, 'open', 'metrics'].includes(metrics.needed))
        reached.push(`${verb} ${target}`);
    }
    expect(reached).toEqual([]);
  });

  it('takes internal headers from nobody but the cluster', async () => {
    const server = await startTestServer({ env, dialects: [], fallback });
    const path = ['GET', '/shoal/v2/models/m/versions/2'] as const;
    for (const name of ['shoal-host', 'shoal-generation', 'shoal-segments', 'shoal-publish']) {
      const outside = await ask(server, path, { ...bearer('manage-token'), [name]: '1' });
      expect([name, outside.status]).toEqual([name, 403]);
      const inside = { 'shoal-cluster-secret': 'the-secret', [name]: '1' };
      expect((await ask(server, path, inside)).status).toBe(200);
    }
    const wrong = { ...bearer('manage-token'), 'shoal-cluster-secret': 'a guess' };
    expect((await ask(server, path, wrong)).status).toBe(403);
  });

  it('with a cluster secret and no tokens guards only what is the cluster’s', async () => {
    const secret = { CLUSTER_SECRET: 'the-secret' };
    const server = await startTestServer({ env: secret, dialects: [], fallback });
    expect((await ask(server, ['DELETE', '/api/v1/models/m'], {})).status).toBe(200);
    expect((await ask(server, ['GET', '/cluster/hosts'], {})).status).toBe(403);
  });

  it('says what scheme it wants', async () => {
    const server = await startTestServer({ env, dialects: [], fallback });
    const response = await fetch(`${server.url}/api/v1/models`);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ code: 'unauthorized' });
  });

  it('needs manage for whatever it does not know', () => {
    expect(needOf('GET', '/something/new')).toBe('manage');
    expect(needOf('PATCH', '/api/v1/models/m')).toBe('manage');
  });
});

describe('tokens', () => {
  const settings = { TOKENS: [], TOKENS_FILE: '', CLUSTER_SECRET: '' };

  it('are read with names, several scopes and equal signs at the end', () => {
    const tokens = parseTokens('a=infer;\n# comment; b=manage\n ci:c==manage+metrics');
    expect(tokens.map(({ name, scopes }) => [name, scopes])).toEqual([
      ['', ['infer']],
      ['ci', ['manage', 'metrics']],
    ]);
  });

  it.each(['secret-token', 'secret-token=', 'secret-token=admin', 'secret-token=infer+infer'])(
    'are not read from %s, and not shown',
    (text) => {
      expect(() => parseTokens(`good=infer;${text}`)).toThrow(/^entry 2: wanted (?!.*secret)/);
    },
  );

  it('without a cluster secret are a fault at the start', () => {
    const given = { ...settings, TOKENS: parseTokens('a=infer') };
    expect(() => createAuthorisation(given, silentLogger())).toThrow(/^CLUSTER_SECRET: wanted/);
  });

  it('come from a file, too, with a warning if everybody can read it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-'));
    const file = join(folder, 'tokens');
    writeFileSync(file, '# for tests\nfrom-file=manage\n');
    const warnings: unknown[] = [];
    const logger = silentLogger();
    logger.warn = (...said: unknown[]) => warnings.push(said);
    const given = { ...settings, TOKENS_FILE: file, CLUSTER_SECRET: 's' };
    chmodSync(file, 0o644);
    const authorise = createAuthorisation(given, logger);
    expect(warnings).toHaveLength(1);
    const headers = bearer('from-file');
    const request = { header: (name: string) => headers[name] };
    expect(authorise('PUT', '/api/v1/models/m', request)).toBeUndefined();
    chmodSync(file, 0o600);
    createAuthorisation(given, logger);
    expect(warnings).toHaveLength(1);
    rmSync(folder, { recursive: true });
    expect(() => createAuthorisation(given, logger)).toThrow(/^TOKENS_FILE: /);
  });
});
