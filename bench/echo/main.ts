/** The yardstick of serving: what one Node process can take and answer when it computes nothing. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../child';
import type { EchoAnswer, EchoQuestion, EchoReply } from './reply';

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

answerParent(async (message): Promise<EchoAnswer> => {
  const { serve } = message as EchoQuestion;
  const answers = new Map(serve.map((reply) => [reply.path, answering(reply)]));
  const server = createServer((request, response) => {
    const answer = answers.get(request.url ?? '');
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
});

function answering(reply: EchoReply): Answering {
  const bytes = Buffer.from(reply.body);
  const value = reply.json ? (JSON.parse(bytes.toString()) as object) : undefined;
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [first] = chunks;
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      if (value === undefined) {
        send(response, reply, bytes);
        return;
      }
      JSON.parse(body.toString());
      send(response, reply, Buffer.from(JSON.stringify(value)));
    });
  };
}

function send(response: ServerResponse, reply: EchoReply, body: Buffer): void {
  response.writeHead(200, { ...reply.headers, 'content-length': body.length });
  response.end(body);
}
