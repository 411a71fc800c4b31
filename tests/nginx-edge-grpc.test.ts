import { status } from '@grpc/grpc-js';
import { createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import { readFileSync } from 'node:fs';
import { contractFiles } from '../protocol/grpc/contract';
import { internalHeaders } from '../serving/http/authorisation';
import { describeWhere, missingCommand } from './support/describe-where';
import { freePort } from './support/free-port';
import { GrpcClient, services } from './support/grpc-client';
import { startNginx, type RunningNginx } from './support/nginx';
import { eventually } from './support/processes';

/** ServerLiveResponse { live: true } in gRPC's framing. */
const live = Buffer.from([0, 0, 0, 0, 2, 0x08, 1]);

/** What stands for an inferrer: it answers, or breaks off when it has a call. */
interface FakeInferrer {
  readonly server: Http2Server;
  readonly port: number;
  readonly calls: IncomingHttpHeaders[];
}

test('the edge knows every service of the contract', () => {
  const [, pattern = ''] =
    /location ~ (\^\/\(\?:inference\S+) \{/.exec(
      readFileSync('nginx/edge.conf.template', 'utf8'),
    ) ?? [];
  const services = contractFiles.flatMap(({ services: of }) => of.map(({ typeName }) => typeName));
  expect(services.filter((name) => !new RegExp(pattern).test(`/${name}/Method`))).toEqual([]);
  expect(new RegExp(pattern).test('/other.Service/Method')).toBe(false);
});

describeWhere(missingCommand('nginx', 'curl'), 'gRPC through the edge', () => {
  const started: FakeInferrer[] = [];
  const edges: RunningNginx[] = [];
  const clients: GrpcClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const edge of edges.splice(0)) await edge.stop();
    for (const { server } of started.splice(0)) server.close();
  });

  async function inferrer({ breaks = false } = {}): Promise<FakeInferrer> {
    const calls: IncomingHttpHeaders[] = [];
    const server = createServer();
    server.on('stream', (stream, headers) => {
      calls.push(headers);
      stream.on('error', () => undefined);
      if (breaks) {
        stream.session?.destroy();
        return;
      }
      stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': '0' });
      });
      stream.end(live);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    started.push({ server, port, calls });
    return started.at(-1)!;
  }

  /** An edge in front of what listens, or does not, on these ports. */
  async function edgeTo(...ports: readonly number[]): Promise<GrpcClient> {
    const port = await freePort();
    const edge = await startNginx({
      role: 'edge',
      port: await freePort(),
      inferrer: `127.0.0.1:${await freePort()}`,
      grpc: { port, inferrer: ports.map((one) => `127.0.0.1:${one}`).join() },
    });
    edges.push(edge);
    const client = new GrpcClient(services.inference, port, undefined, {
      'grpc.enable_retries': 0,
    });
    clients.push(client);
    return client;
  }

  test('removes what only our own processes may say, and says that a call has come this way', async () => {
    const { calls, port } = await inferrer();
    const client = await edgeTo(port);
    const metadata = Object.fromEntries([...internalHeaders, 'shoal-edge'].map((it) => [it, 'x']));
    const mine = { 'shoal-timeout-ms': '250', authorization: 'Bearer t', 'x-request-id': 'mine' };
    const { message } = await client.ask('ServerLive', {}, { metadata: { ...metadata, ...mine } });
    expect(message).toEqual({ live: true });
    const [seen] = calls;
    const ours = Object.keys(seen!).filter((name) => name.startsWith('shoal-'));
    expect(ours.sort()).toEqual(['shoal-edge', 'shoal-timeout-ms']);
    expect(seen).toMatchObject({
      'shoal-edge': '1',
      te: 'trailers',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      ...mine,
    });
    expect(seen?.['grpc-timeout']).toMatch(/^\d+[mS]$/);
  });

  test('without an inferrer a call is UNAVAILABLE, as a status alone', async () => {
    const client = await edgeTo(await freePort());
    const failed: unknown = await client.ask('ServerLive').catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: status.UNAVAILABLE });
    const { details, metadata } = failed as Failure;
    expect(details).toBe('The inferrer does not answer; try again soon.');
    expect(metadata.get('shoal-error')).toEqual(['not_ready']);
    expect(metadata.get('retry-after')).toEqual(['1']);
    expect(metadata.get('x-request-id')[0]).toMatch(/^[0-9a-f]{32}$/);
    await eventually(
      'it is logged',
      () => edges[0]!.log().includes('"path":"/inference.GRPCInferenceService/') || undefined,
    );
  });

  test('what had not been sent is asked of another inferrer', async () => {
    const { calls, port } = await inferrer();
    const client = await edgeTo(await freePort(), port);
    for (let asked = 0; asked < 10; asked += 1) await client.ask('ServerLive');
    expect(calls).toHaveLength(10);
  });

  test('what an inferrer has had is asked of nobody else', async () => {
    const inferrers = [await inferrer({ breaks: true }), await inferrer({ breaks: true })];
    const client = await edgeTo(...inferrers.map(({ port }) => port));
    const failed = client.ask('ServerLive');
    await expect(failed).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(inferrers.flatMap(({ calls }) => calls)).toHaveLength(1);
  });
});

interface Failure {
  readonly details: string;
  readonly metadata: { get(name: string): unknown[] };
}
