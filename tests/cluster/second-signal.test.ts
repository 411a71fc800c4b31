import { connect } from 'node:net';
import { ask } from '../support/ask';
import { freePort } from '../support/free-port';
import { eventually, startProcess } from '../support/processes';

test('a second signal ends a process that still drains, at once', async () => {
  const port = await freePort();
  const inferrer = startProcess('inferrer', 'inferrer/main.js', { PORT: String(port) });
  const url = `http://127.0.0.1:${port}`;
  await eventually('it listens', () => ask(`${url}/health/live`));
  const unfinished = connect(port, '127.0.0.1');
  unfinished.on('error', () => undefined);
  unfinished.write('POST /v2/models/m/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
  await eventually('its request is under way', async () =>
    /shoal_in_flight_requests(\{.*\})? 2/.test((await ask(`${url}/metrics`)).text)
      ? true
      : undefined,
  );
  process.kill(inferrer.pid, 'SIGTERM');
  await eventually('it stops', () => inferrer.log().includes('"stopping"') || undefined);
  expect(await inferrer.end('SIGTERM')).toBe(1);
  unfinished.destroy();
});
