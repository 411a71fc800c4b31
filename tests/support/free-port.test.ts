import { freePort } from './free-port';

test('searches at the same time find different ports', async () => {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  expect(new Set(ports).size).toBe(3);
});
