import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { startChild } from '../child';
import type { LoadAnswer, LoadQuestion } from './question';

/** Answers every request with its number; breaks the connection of each fifth. */
async function startServer(): Promise<Server> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    if (requests % 5 === 0) request.socket.destroy();
    else request.resume().on('end', () => response.end(`${requests}`));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

it('sends what is due and tells what became of each', async () => {
  const server = await startServer();
  const child = startChild<LoadQuestion, LoadAnswer>(path.join(__dirname, 'main.js'), {});
  try {
    const answer = await child.ask({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      request: { path: '/', headers: { 'x-a': 'b' }, body: Buffer.from('{}') },
      stages: [{ ratePerSecond: 100, seconds: 0.5 }],
      connections: 4,
      drainSeconds: 30,
    });
    const status = [...answer.status];
    expect(status).toHaveLength(50);
    expect(status.filter((code) => code === 200)).toHaveLength(40);
    expect(status.filter((code) => code === 0)).toHaveLength(10);
    status.forEach((code, index) => {
      expect(Number.isNaN(answer.tookMs[index])).toBe(code === 0);
    });
  } finally {
    await child.stop();
    server.closeAllConnections();
    server.close();
  }
});
