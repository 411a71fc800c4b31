import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorBody } from '../core/envelope';
import { ShoalError, type ErrorCode } from '../core/errors';
import { ask as askOnce, type Reply } from './support/ask';
import { describeWhere, missingCommand } from './support/describe-where';
import { startFullPort } from './support/faults/full-port';
import { freePort } from './support/free-port';
import { startNginx, type RunningNginx } from './support/nginx';
import { eventually } from './support/processes';

/** A modelhost that says its name, or breaks off when asked to. */
async function startHost(name: string): Promise<{ address: string; server: Server }> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.headers['x-break'] === 'yes') request.socket.destroy();
      else response.end(name);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

describeWhere(missingCommand('nginx', 'curl'), 'nginx as the balancer', () => {
  const servers: Server[] = [];
  const addresses: Record<string, string> = {};
  let lines: readonly string[] = [];
  let secret: unknown;
  let balancer: RunningNginx;

  beforeAll(async () => {
    for (const name of ['a', 'b', 'c']) {
      const { address, server } = await startHost(name);
      addresses[name] = address;
      servers.push(server);
    }
    const inferrer = createServer((request, response) => {
      secret = request.headers['shoal-cluster-secret'];
      response.statusCode = request.url === '/cluster/upstreams' ? 200 : 404;
      response.end(lines.map((line) => `${line}\n`).join(''));
    });
    servers.push(inferrer);
    const port = await freePort();
    await new Promise<void>((resolve) => inferrer.listen(port, '127.0.0.1', resolve));
    balancer = await startNginx({
      role: 'balancer',
      port: await freePort(),
      inferrer: `127.0.0.1:${port}`,
      environment: { CLUSTER_SECRET: 'among us' },
    });
  });

  afterAll(() => balancer.stop());
  afterAll(() => Promise.all(servers.map(close)));

  const line = (name: string, state = ''): string => `${name} ${addresses[name] ?? ''} ${state}`;

  /** On a connection of its own: nginx closes the idle ones when it reads its list anew. */
  function ask(headers: Record<string, string> = {}): Promise<Reply> {
    return askOnce(`${balancer.url}/v2/models/m/infer`, {
      body: 'x',
      headers: { ...headers, connection: 'close' },
    });
  }

  async function answeredBy(count: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let i = 0; i < count; i += 1) {
      const name = (await ask()).text;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  /** Gives out the list; returns when nginx has loaded it and the named hosts answer. */
  async function follow(list: readonly string[], ...names: readonly string[]): Promise<void> {
    const loads = (): number => balancer.log().split('servers behind').length;
    const before = loads();
    lines = list;
    await eventually('nginx loads the list', () => loads() > before || undefined);
    for (const name of names) await known(name, true);
  }

  /** Resolves when nginx says so several times in a row: its old workers take requests a while. */
  async function known(name: string, wanted: boolean): Promise<void> {
    let inRow = 0;
    await eventually(`${name} is ${wanted ? '' : 'not '}known`, async () => {
      const { status } = await ask({ 'shoal-host': name });
      inRow = (status === 200) === wanted ? inRow + 1 : 0;
      return inRow >= 10 || undefined;
    });
  }

  function expectUnanswered({ status, headers, text }: Reply, code: ErrorCode): void {
    expect(status).toBe(503);
    expect([headers['retry-after'], headers['content-type']]).toEqual(['1', 'application/json']);
    const body = JSON.parse(text) as { error: string };
    expect(body).toEqual(errorBody(new ShoalError(code, body.error)));
  }

  test('without hosts it says that nobody has seen the request', async () => {
    expectUnanswered(await ask(), 'no_host');
    expect(secret).toBe('among us');
  });

  test('follows the list of the inferrer and spreads over it', async () => {
    await follow([line('a'), line('b')], 'a', 'b');
    const counts = await answeredBy(100);
    expect(Object.keys(counts).sort()).toEqual(['a', 'b']);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(30);
  });

  test('a host that is named gets the request, also while it drains; an unknown one does not', async () => {
    await follow([line('a'), line('b'), line('c', 'draining')], 'a', 'b', 'c');
    for (const name of ['a', 'b', 'c']) {
      expect((await ask({ 'shoal-host': name })).text).toBe(name);
    }
    expect(Object.keys(await answeredBy(50)).sort()).toEqual(['a', 'b']);
    expectUnanswered(await ask({ 'shoal-host': 'd' }), 'no_host');
  });

  test('lines that are no hosts do no harm', async () => {
    await follow([line('a'), 'x;{} 127.0.0.1:1 ready', 'y 127.0.0.1:1;} ready'], 'a');
    await known('b', false);
    expect(Object.keys(await answeredBy(10))).toEqual(['a']);
    expect(balancer.log()).not.toContain('not usable');
  });

  test('it never tries again, and tells lost from unreached', async () => {
    await follow([line('a'), line('b')], 'a', 'b');
    expectUnanswered(await ask({ 'x-break': 'yes' }), 'host_lost');
    await follow([`gone 127.0.0.1:${await freePort()} ready`]);
    expectUnanswered(await ask({ 'shoal-host': 'gone' }), 'no_host');
  });

  test('a host that cannot be connected to has not seen the request', async () => {
    const full = await startFullPort();
    try {
      await follow([`full 127.0.0.1:${full.port} ready`]);
      // Until nginx acts on the list it does not know the host, which reads the same.
      for (let ms = 0; ms < 500;) {
        const asked = performance.now();
        expectUnanswered(await ask({ 'shoal-host': 'full' }), 'no_host');
        ms = performance.now() - asked;
      }
    } finally {
      await full.close();
    }
  });
});
