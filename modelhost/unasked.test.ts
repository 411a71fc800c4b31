import { context, request, servable } from '../tests/support/servables';
import { counted, unasked } from './unasked';

/** Milliseconds that it takes where requests come until so long after its beginning. */
async function msUntilUnasked(untilMs: number): Promise<number> {
  const began = performance.now();
  await unasked(() => 7 + Math.min(performance.now() - began, untilMs));
  return Math.round(performance.now() - began);
}

describe('a host that leaves', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => jest.useRealTimers());

  test.each([
    [0, 250],
    [200, 500],
    [600, 1000],
    [60_000, 3000],
  ])('if requests come for %d ms is left to itself after %d', async (untilMs, ms) => {
    const waited = msUntilUnasked(untilMs);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await waited).toBe(ms);
  });

  test('that nobody has asked leaves at once', async () => {
    await unasked(() => 0);
  });

  test('counts what is asked, answered or not', () => {
    const asking = request(servable([], []), []);
    const { infer, asked } = counted(() => new Promise(() => undefined));
    void infer(asking, context());
    void infer(asking, context());
    expect(asked()).toBe(2);
  });
});
