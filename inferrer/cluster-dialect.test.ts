import { fakeExchange } from '../tests/support/fake-exchange';
import { createClusterDialect } from './cluster-dialect';
import type { HostDirectory } from './hosts/host-directory';

const dialect = createClusterDialect({
  directory: {
    beat: () => {
      throw new Error('this is no heartbeat');
    },
  } as unknown as HostDirectory,
  inferrerId: 'inferrer-1',
  url: () => '',
  peers: {
    hear: () => {
      throw new Error('this is no heartbeat');
    },
  },
  tellStatistics: () => ({ life: 'a' }),
});

test.each([
  ['not JSON', 'malformed_body'],
  ['null', 'invalid_request'],
  ['[]', 'invalid_request'],
  ['{"host": "h"}', 'invalid_request'],
  [
    '{"host":"h","url":"http://h","revision":"1","ready":true,"draining":false,"runners":[],"inferrers":["x"]}',
    'invalid_request',
  ],
])('%s is refused as a heartbeat', async (body, code) => {
  const path = '/cluster/heartbeat';
  const handler = dialect.match('POST', path);
  const exchange = fakeExchange({ path, body }, () => undefined);
  await expect(handler?.(exchange)).rejects.toMatchObject({ code });
});
