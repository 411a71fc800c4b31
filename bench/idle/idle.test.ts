import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { startChild } from '../child';
import type { IdleAnswer, IdleQuestion } from './question';

it('connects, asks once each, ends all connections and can do it again', async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = startChild<IdleQuestion, IdleAnswer>(path.join(__dirname, 'main.js'), {});
  try {
    expect(await child.ask({ open: 300, url })).toEqual({ open: 300 });
    expect(requests).toBe(300);
    expect(await child.ask({ close: true })).toEqual({ open: 300 });
    expect(await child.ask({ open: 10, url })).toEqual({ open: 10 });
  } finally {
    await child.stop();
    server.close();
  }
});
