import type { UnaryMethod } from '../../protocol/grpc/call';
import { prefixBytes } from '../../protocol/grpc/wire/wire-writer';
import { closeGrpcServers, startGrpcServer } from '../../tests/support/grpc-server';
import { endHeaders, frame, requestBlock, requestHead } from '../../tests/support/http2-wire';
import { GrpcConnection } from '../../tests/support/mutations/grpc-connection';

const echo: UnaryMethod = {
  path: '/s.S/M',
  route: { method: 'GET', path: '/v2/health/live' },
  answer: () => [Buffer.alloc(prefixBytes)],
};
const grpc: [string, string] = ['content-type', 'application/grpc'];

let connection: GrpcConnection | undefined;

afterEach(() => {
  connection?.close();
  closeGrpcServers();
});

test('headers over their limit are answered with the status for them, counted and logged', async () => {
  const { port, logged, counted } = await startGrpcServer([echo], { MAX_HEADER_BYTES: '8192' });
  connection = new GrpcConnection(port);
  const large = ['x-large', 'é'.repeat(20_000)] as [string, string];
  const block = requestBlock(echo.path, grpc, ['x-request-id', 'mine'], large);
  const id = connection.newId();
  const answer = connection.answer(id);
  connection.send(frame('headers', id, block.subarray(0, 16_000)));
  connection.send(frame('continuation', id, block.subarray(16_000), endHeaders));
  const { fields } = (await answer) ?? {};
  expect(fields?.get(':status')).toBe('200');
  expect(fields?.get('grpc-status')).toBe('8');
  expect(fields?.get('grpc-message')).toMatch(/MAX_HEADER_BYTES/);
  expect(fields?.get('x-request-id')).toBe('mine');
  const errorCode = 'headers_too_large';
  expect(logged).toEqual([{ path: echo.path, status: 431, requestId: 'mine', errorCode }]);
  expect(counted).toEqual([431]);
  expect(connection.open).toBe(true);
});

test.each([
  ['with its headers', 0],
  ['after them', 1],
])(
  'a message that announces too much is refused at its prefix, which comes %s',
  async (_, late) => {
    const { port } = await startGrpcServer([echo], { GRPC_MAX_MESSAGE_BYTES: '1000000' });
    connection = new GrpcConnection(port);
    const id = connection.newId();
    const answer = connection.answer(id);
    const head = requestHead(id, echo.path, grpc);
    const begin = frame('data', id, '00 000f4241 61');
    if (late === 0) connection.send(Buffer.concat([head, begin]));
    else {
      connection.send(head);
      await connection.read();
      connection.send(begin);
    }
    const { fields } = (await answer) ?? {};
    expect(fields?.get('grpc-status')).toBe('8');
    expect(fields?.get('grpc-message')).toMatch(/at most 1000000 bytes/);
  },
);
