import { createServer, type AddressInfo } from 'node:net';
import { takenPort } from './ports';

test('a taken port is named, with the setting that moves it; free ones are not', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const wanted = { setting: 'METRICS_PORT', host: '127.0.0.1', port };
  expect(await takenPort([wanted])).toBe(
    `Port ${port} on 127.0.0.1 is taken by another program; choose another one with METRICS_PORT=<port> npm start.`,
  );
  await new Promise((resolve) => server.close(resolve));
  expect(await takenPort([wanted])).toBeUndefined();
});

test('an address that is not of this machine is said to be one', async () => {
  const sentence = await takenPort([{ setting: 'PORT', host: '192.0.2.1', port: 8000 }]);
  expect(sentence).toMatch(/Cannot listen on 192\.0\.2\.1, port 8000 .*LISTEN_HOST/);
});
