import { fakeExchange } from '../tests/support/fake-exchange';
import { createClusterDialect, type ClusterDialectOptions } from './cluster-dialect';
import type { Wanted } from '../serving/statistics/counters';
import type { HostDirectory } from './hosts/host-directory';

const options: ClusterDialectOptions = {
  directory: {
    beat: () => {
      throw new Error('this is no heartbeat');
    },
    onChange: () => () => undefined,
  } as unknown as HostDirectory,
  inferrerId: 'inferrer-1',
  url: () => '',
  clock: () => 0,
  peers: {
    hear: () => {
      throw new Error('this is no heartbeat');
    },
  },
  tellStatistics: () => ({ life: 'a' }),
};

const dialect = createClusterDialect(options);

const beat = {
  host: 'h',
  url: 'http://h',
  revision: '1',
  ready: true,
  draining: false,
  runners: [{ id: 'r', address: 'unix:/r' }],
};

test.each([
  ['not JSON', 'malformed_body'],
  ['null', 'invalid_request'],
  ['[]', 'invalid_request'],
  ['{"host": "h"}', 'invalid_request'],
  [
    '{"host":"h","url":"http://h","revision":"1","ready":true,"draining":false,"runners":[],"inferrers":["x"]}',
    'invalid_request',
  ],
  ...[
    { host: '' },
    { url: 'mailto:h@h' },
    { runners: [[]] },
    { runners: [{ id: 'r' }] },
    { runners: [{ id: 'r', address: 'tcp:h' }] },
    { runners: [{ id: 'r', address: 'tcp:h:0' }] },
    { runners: [{ id: 'r', address: 'tcp:h:65536' }] },
    { refused: [{ model: 'm' }] },
    { refused: [null] },
    { labels: { zone: 1 } },
    { serving: [1] },
    { leaving: 'no' },
    { endings: [{ id: 'r', reason: '' }] },
  ].map((part): [string, string] => [JSON.stringify({ ...beat, ...part }), 'invalid_request']),
])('%s is refused as a heartbeat', async (body, code) => {
  const path = '/cluster/heartbeat';
  const handler = dialect.match('POST', path);
  const exchange = fakeExchange({ path, body }, () => undefined);
  await expect(handler?.(exchange)).rejects.toMatchObject({ code });
});

test('what a host says is handed on, with what only a later build knows', async () => {
  const heard: object[] = [];
  const hearing = createClusterDialect({
    ...options,
    directory: {
      beat: (said: object) => heard.push(said),
      onChange: () => () => undefined,
    } as unknown as HostDirectory,
    peers: { hear: () => undefined },
  });
  const path = '/cluster/heartbeat';
  const more = { ...beat, runners: [{ ...beat.runners[0], later: 1 }], later: [] };
  const query = new URLSearchParams({ hold: '0' });
  const body = JSON.stringify(more);
  await hearing.match('POST', path)?.({ ...fakeExchange({ path, body }, () => undefined), query });
  expect(heard).toEqual([more]);
});

test.each([
  ['', undefined],
  ['version=m%3A1&version=m%3A2', ['m:1', 'm:2']],
])('statistics are told of the versions that are named: %j', async (asked, wanted) => {
  const told: Wanted[] = [];
  const tellStatistics = (of: Wanted): object => ({ told: told.push(of) });
  const telling = createClusterDialect({ ...options, tellStatistics });
  const path = '/cluster/statistics';
  const query = new URLSearchParams(asked);
  await telling.match('GET', path)?.({ ...fakeExchange({ path }, () => undefined), query });
  expect(told.map((of) => of && [...of])).toEqual([wanted]);
});
