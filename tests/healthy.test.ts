import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { freePort } from './support/free-port';

/** The health check of the containers, against a server that is ready. */
let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.writeHead(/^(\/base)?\/health\/ready$/.test(request.url ?? '') ? 200 : 404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.close();
});

async function healthy(environment: Readonly<Record<string, string>>): Promise<unknown> {
  const child = spawn(process.execPath, [path.resolve('deploy/healthy.mjs')], { env: environment });
  const [code] = (await once(child, 'close')) as [unknown];
  return code;
}

test('asks on the port that the service listens on', async () => {
  const [silent, own] = [String(await freePort()), String(port)];
  const range = (first: string): string => `${first}-${Number(first) + 9}`;
  const codes = await Promise.all([
    healthy({ PORT: own, BASE_PATH: '/base/' }),
    healthy({ PORT: silent }),
    healthy({ SAGEMAKER_BIND_TO_PORT: own, PORT: silent }),
    healthy({ PORT: '', SAGEMAKER_SAFE_PORT_RANGE: range(own) }),
    healthy({ PORT: own, SAGEMAKER_SAFE_PORT_RANGE: range(silent) }),
    healthy({ PORT: silent, SAGEMAKER_SAFE_PORT_RANGE: range(own) }),
  ]);
  expect(codes).toEqual([0, 1, 0, 0, 0, 1]);
});
