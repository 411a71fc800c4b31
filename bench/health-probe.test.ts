import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { startHealthProbe } from './health-probe';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Is ready except for the first time; resolves `asked` at the third. */
async function startServer(): Promise<{ url: string; asked: Promise<void> }> {
  let asks = 0;
  let third = (): void => undefined;
  const asked = new Promise<void>((resolve) => (third = resolve));
  server = createServer((_, response) => {
    asks += 1;
    response.writeHead(asks === 1 ? 503 : 200).end();
    if (asks === 3) third();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

it.each([
  [undefined, 3, 1],
  [Date.now() + 3_600_000, 0, 0],
])('tells of the answers that came after %d', async (sinceMs, least, failed) => {
  const { url, asked } = await startServer();
  const probe = startHealthProbe(url);
  await asked;
  const times = await probe.stop(sinceMs);
  expect(times.asked).toBeGreaterThanOrEqual(least);
  expect(times.failed).toBe(failed);
  expect(times.longestMs > 0).toBe(least > 0);
});
