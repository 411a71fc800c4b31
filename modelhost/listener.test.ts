import { choosePort, isLoopback, reachableHost } from './listener';

describe('choosePort', () => {
  const nothing = {
    port: undefined,
    bindToPort: undefined,
    safePort: undefined,
    announced: false,
  };
  test.each([
    ['nothing is set', {}, 8000],
    ['an inferrer is told', { announced: true }, 0],
    ['PORT', { port: 9000 }, 9000],
    ['SAGEMAKER_BIND_TO_PORT before PORT', { port: 9000, bindToPort: 9100 }, 9100],
    ['SAGEMAKER_SAFE_PORT_RANGE', { safePort: 9200 }, 9200],
    ['PORT before the safe range', { port: 9000, safePort: 9200 }, 9000],
  ])('%s', (_, given, expected) => {
    expect(choosePort({ ...nothing, ...given })).toBe(expected);
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
