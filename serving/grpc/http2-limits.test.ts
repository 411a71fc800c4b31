import { once } from 'node:events';
import type { StreamMethod, UnaryMethod } from '../../protocol/grpc/call';
import { closeGrpcServers, startGrpcServer } from '../../tests/support/grpc-server';
import { endStream, frame, requestHead } from '../../tests/support/http2-wire';
import { closeHttp2, openHttp2 } from '../../tests/support/http2-server';
import { GrpcConnection, type GrpcAnswer } from '../../tests/support/mutations/grpc-connection';
import { errorCodes } from '../http2/error-codes';

/** Its one method never answers. */
const silent: UnaryMethod = {
  path: '/s.S/M',
  route: { method: 'GET', path: '/v2/health/live' },
  answer: () => new Promise(() => undefined),
};

/** Takes messages until the last one has come. */
const taking: StreamMethod = {
  path: '/s.S/Taking',
  route: silent.route,
  async serve(call) {
    for await (const message of call.messages()) expect(message).toHaveLength(1);
  },
};

/** The port of a server with these settings. */
async function started(env: Record<string, string>): Promise<number> {
  return (await startGrpcServer([silent, taking], env)).port;
}

afterEach(() => {
  closeHttp2();
  closeGrpcServers();
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

test('a message of a stream has its time from its first byte, and the next may be long in coming', async () => {
  const connection = new GrpcConnection(await started({ BODY_TIMEOUT_MS: '300' }));
  const begun = (bytes: string): { id: number; answer: Promise<GrpcAnswer | undefined> } => {
    const id = connection.newId();
    const answer = connection.answer(id);
    const type: [string, string] = ['content-type', 'application/grpc'];
    connection.send(Buffer.concat([requestHead(id, taking.path, type), frame('data', id, bytes)]));
    return { id, answer };
  };
  const whole = begun('00 00000001 61');
  const broken = [begun('00'), begun('00 00000002 61'), begun('00 00000001 61 00 00000001')];
  for (const { answer } of broken) {
    expect((await answer)?.fields.get('grpc-message')).toMatch(/did not arrive within 300 ms/);
  }
  connection.send(frame('data', whole.id, '00 00000001 61', endStream));
  expect((await whole.answer)?.fields.get('grpc-status')).toBe('0');
  connection.close();
});
