import { isLoopback } from '../serving/http/listen';
import { parseLinkAddress } from '../serving/link/link-address';
import { advertisedHost, chooseGrpcPort, choosePort, reachableHost } from './listener';

const nothing = {
  port: undefined,
  bindToPort: undefined,
  safePort: undefined,
  announced: false,
  serve: false,
};

describe('choosePort', () => {
  test.each([
    ['nothing is set', {}, 8000],
    ['an inferrer is told', { announced: true }, 0],
    ['the word serve', { serve: true, announced: true }, 8080],
    ['PORT', { port: 9000, serve: true }, 9000],
    ['SAGEMAKER_BIND_TO_PORT before PORT', { port: 9000, bindToPort: 9100 }, 9100],
    ['SAGEMAKER_SAFE_PORT_RANGE', { safePort: 9200 }, 9200],
    ['PORT before the safe range', { port: 9000, safePort: 9200 }, 9000],
  ])('%s', (_, given, expected) => {
    expect(choosePort({ ...nothing, ...given })).toBe(expected);
  });
});

describe('chooseGrpcPort', () => {
  test.each([
    ['nothing is set', undefined, {}, 8001],
    ['an inferrer is told', undefined, { announced: true }, 'off'],
    ['the word serve', undefined, { serve: true }, 'off'],
    ['SAGEMAKER_BIND_TO_PORT', undefined, { bindToPort: 8001 }, 'off'],
    ['SAGEMAKER_SAFE_PORT_RANGE', undefined, { safePort: 9200 }, 'off'],
    ['GRPC_PORT before all of them', 9001, { serve: true, announced: true }, 9001],
    ['GRPC_PORT=off', 'off', {}, 'off'],
  ] as const)('%s', (_, port, given, expected) => {
    expect(chooseGrpcPort(port, { ...nothing, ...given })).toBe(expected);
  });
});

test('loopback stays loopback, an address stays what it is', () => {
  expect(reachableHost('127.0.0.1')).toBe('127.0.0.1');
  expect(reachableHost('10.1.2.3')).toBe('10.1.2.3');
  expect(reachableHost('0.0.0.0')).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  expect([isLoopback('localhost'), isLoopback('::1'), isLoopback('0.0.0.0')]).toEqual([
    true,
    true,
    false,
  ]);
});

test.each([
  ['::1', '', '[::1]'],
  ['fd00::5', '', '[fd00::5]'],
  ['127.0.0.1', 'http://[fd00::5]:8000', '[fd00::5]'],
])('an IPv6 address (%s, %s) is told as it stands in URLs', (host, url, expected) => {
  const told = advertisedHost({ LISTEN_HOST: host, ADVERTISE_URL: url });
  expect(told).toBe(expected);
  expect(new URL(`http://${told}:8000`).host).toBe(`${expected}:8000`);
  expect(parseLinkAddress(`tcp:${told}:9000`)).toMatchObject({ port: 9000 });
});
