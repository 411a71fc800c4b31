/** The yardstick of serving gRPC: what one Node process takes and answers over node:http2. */
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../child';
import type { EchoAnswer, EchoQuestion, EchoReply } from '../echo/reply';

answerParent(async (message): Promise<EchoAnswer> => {
  const { serve } = message as EchoQuestion;
  const answers = new Map(serve.map((reply) => [reply.path, reply]));
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const reply = answers.get(headers[':path'] ?? '');
    if (reply === undefined) stream.respond({ ':status': 404 }, { endStream: true });
    else answer(stream, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
});

/** Reads the message and answers the fixed one with its trailers. */
function answer(stream: ServerHttp2Stream, reply: EchoReply): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    if (chunks.length > 1) Buffer.concat(chunks);
    stream.respond({ ':status': 200, ...reply.headers }, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': '0' });
    });
    stream.end(reply.body);
  });
  // The load generator leaves in the middle of a request.
  stream.on('error', () => undefined);
}
