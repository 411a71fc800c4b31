import { restartAfter } from './restart';

describe('restartAfter', () => {
  test('the first death is followed by a start at once, so that a lone host is soon back', () => {
    expect(restartAfter(0, 5)).toEqual({ deaths: 1, delayMs: 100 });
  });

  test('pauses double up to a limit', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 50].map((deaths) => restartAfter(deaths, 5).delayMs);
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  test('a life of half a minute forgives what was before', () => {
    expect(restartAfter(7, 29_999).deaths).toBe(8);
    expect(restartAfter(7, 30_000)).toEqual({ deaths: 1, delayMs: 100 });
  });
});
