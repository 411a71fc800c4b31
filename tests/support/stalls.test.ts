import { eventually } from './processes';
import { watchStalls } from './stalls';

function keepBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('a stall is known while it lasts, and when it is over', async () => {
  const stalls = watchStalls();
  const began = performance.now();
  keepBusy(200);
  expect(stalls.longestSince(began)).toBeGreaterThanOrEqual(190);
  const since = (): number => stalls.longestSince(performance.now());
  await eventually('its end is noticed', () => since() < 190 || undefined);
  expect(stalls.longestSince(began)).toBeGreaterThanOrEqual(190);
  stalls.stop();
});
