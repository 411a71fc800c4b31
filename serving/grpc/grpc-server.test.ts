import { ShoalError } from '../../core/errors';
import type { GrpcCall, GrpcMethod } from '../../protocol/grpc/call';
import { prefixBytes, type OutgoingMessage } from '../../protocol/grpc/wire/wire-writer';
import { closeGrpcServers, startGrpcServer } from '../../tests/support/grpc-server';
import { endStream, frame, requestHead } from '../../tests/support/http2-wire';
import { GrpcConnection, type GrpcAnswer } from '../../tests/support/mutations/grpc-connection';

const path = '/s.S/M';
const route = { method: 'GET', path: '/v2/health/live' } as const;

let connection: GrpcConnection | undefined;
/** When the server has had the connection for some time. */
let opened = 0;

afterEach(() => {
  connection?.close();
  closeGrpcServers();
});

/** What a server answers of which this is the only method. */
async function answerOf(method: GrpcMethod, message: string): Promise<GrpcAnswer | undefined> {
  connection = new GrpcConnection((await startGrpcServer([method])).port);
  await connection.read();
  opened = performance.now();
  const id = connection.newId();
  const answer = connection.answer(id);
  connection.send(requestHead(id, path, ['content-type', 'application/grpc']));
  connection.send(frame('data', id, message, endStream));
  return answer;
}

test('an answer that cannot be sent is a fault of ours, and the call ends', async () => {
  const answer = (): Promise<Buffer[]> => Promise.resolve([]);
  const { fields } = (await answerOf({ path, route, answer }, '00 00000000')) ?? {};
  expect(fields?.get('grpc-status')).toBe('13');
});

test('a connection is known to have been open since it was accepted', async () => {
  let since: number | undefined;
  const answer = (_: Buffer, { ports }: GrpcCall): OutgoingMessage => {
    since = ports?.since;
    return [Buffer.alloc(prefixBytes)];
  };
  await answerOf({ path, route, answer }, '00 00000000');
  expect(since).toBeLessThan(opened);
});

test('nobody waits for the requests of a stream that is to end with an error', async () => {
  const gone: boolean[] = [];
  const answer = await answerOf(
    {
      path,
      route,
      async serve(stream) {
        for await (const message of stream.messages()) {
          expect(message).toHaveLength(0);
          const { call } = stream.begin();
          gone.push(call.gone);
          stream.endWith(new ShoalError('unknown_model', 'There is no such model.'));
          gone.push(call.gone);
        }
      },
    },
    '00 00000000',
  );
  expect(answer?.fields.get('grpc-status')).toBe('5');
  expect(gone).toEqual([false, true]);
});
