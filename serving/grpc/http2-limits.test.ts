import { once } from 'node:events';
import { silentLogger } from '../../core/logging';
import { readSettings } from '../../core/settings';
import type { UnaryMethod } from '../../protocol/grpc/call';
import { frame, requestHead } from '../../tests/support/http2-wire';
import { closeHttp2, openHttp2 } from '../../tests/support/http2-server';
import { GrpcConnection } from '../../tests/support/mutations/grpc-connection';
import { errorCodes } from '../http2/error-codes';
import { httpSettings } from '../http/settings';
import { createGrpcServer, type GrpcServer } from './grpc-server';
import { grpcPortSetting, grpcSettings } from './settings';

const servers: GrpcServer[] = [];

/** Its one method never answers. */
const silent: UnaryMethod = {
  path: '/s.S/M',
  route: { method: 'GET', path: '/v2/health/live' },
  answer: () => new Promise(() => undefined),
};

/** The port of a server with these settings. */
async function started(env: Record<string, string>): Promise<number> {
  const shape = { ...httpSettings, ...grpcSettings, GRPC_PORT: grpcPortSetting('0', '') };
  const server = createGrpcServer({
    settings: readSettings(shape, env),
    methods: new Map([[silent.path, silent]]),
    authorise: () => undefined,
    accessLog: { done: () => undefined },
    metrics: { started: () => undefined, done: () => undefined },
    logger: silentLogger(),
  });
  servers.push(server);
  return (await server.listen())?.port ?? 0;
}

afterEach(() => {
  closeHttp2();
  for (const server of servers.splice(0)) server.close();
});

const head = (id: number): Buffer =>
  requestHead(id, silent.path, ['content-type', 'application/grpc']);

test('callers are told of how many calls at once, and of how large headers', async () => {
  const session = openHttp2(await started({ GRPC_MAX_CALLS: '3', MAX_HEADER_BYTES: '2048' }));
  const [settings] = (await once(session, 'remoteSettings')) as unknown[];
  expect(settings).toMatchObject({ maxConcurrentStreams: 3, maxHeaderListSize: 2048 });
});

test.each([
  ['calls that are broken off', { GRPC_RESETS_PER_SECOND: '2' }, 'reset'],
  ['frames without content', { GRPC_EMPTY_FRAMES_PER_SECOND: '10' }, 'ping'],
] as const)('too many %s end the connection, fewer do not', async (_, env, kind) => {
  const connection = new GrpcConnection(await started(env));
  const send = async (times: number): Promise<number | undefined> => {
    const frames = Array.from({ length: times }, () => {
      if (kind === 'ping') return frame('ping', 0, '0000000000000000');
      const id = connection.newId();
      return Buffer.concat([head(id), frame('rstStream', id, [errorCodes.cancel])]);
    });
    connection.send(Buffer.concat(frames));
    await connection.read();
    return connection.goaway;
  };
  expect(await send(15)).toBeUndefined();
  expect(await send(60)).toBe(errorCodes.enhanceYourCalm);
  connection.close();
});

test('a connection without a call is ended after its time, one with a call is asked', async () => {
  const port = await started({ GRPC_KEEP_ALIVE_MS: '300' });
  const idle = openHttp2(port);
  expect((await once(idle, 'goaway'))[0]).toBe(errorCodes.noError);
  const busy = openHttp2(port);
  const headers = { te: 'trailers', 'content-type': 'application/grpc' };
  const call = busy.request({ ':method': 'POST', ':path': silent.path, ...headers });
  call.on('error', () => undefined);
  await once(busy, 'ping');
  expect(busy.closed).toBe(false);
});
