import { powerOfTwo } from './power-of-two';
import { createDice } from '../../tests/support/faults/dice';

interface SimulatedHost {
  inFlight: number;
  latencyUs: number;
  served: number;
  busyUntil: number[];
}

function hosts(latencies: readonly number[]): SimulatedHost[] {
  return latencies.map((latencyUs) => ({ inFlight: 0, latencyUs, served: 0, busyUntil: [] }));
}

/** Sends `count` requests, one every `gapUs`, each busy for its host's latency. */
function simulate(places: SimulatedHost[], count: number, gapUs: number): void {
  const dice = createDice(7);
  for (let sent = 0; sent < count; sent += 1) {
    const now = sent * gapUs;
    for (const place of places) {
      place.busyUntil = place.busyUntil.filter((end) => end > now);
      place.inFlight = place.busyUntil.length;
    }
    const chosen = powerOfTwo(places, dice);
    chosen.served += 1;
    chosen.busyUntil.push(now + chosen.latencyUs);
  }
}

/** Pearson's statistic against equal shares. */
function chiSquare(places: readonly SimulatedHost[]): number {
  const expected = places.reduce((sum, place) => sum + place.served, 0) / places.length;
  return places.reduce((sum, place) => sum + (place.served - expected) ** 2 / expected, 0);
}

describe('powerOfTwo', () => {
  test('idle hosts get equal shares, whatever their latency: chi-square p > 0.01', () => {
    const places = hosts([100, 900, 250, 400]);
    simulate(places, 100_000, 10_000);
    expect(chiSquare(places)).toBeLessThan(11.34); // 3 degrees of freedom, p = 0.01
  });

  test('two idle hosts get equal shares', () => {
    const places = hosts([80, 120]);
    simulate(places, 10_000, 1_000);
    expect(chiSquare(places)).toBeLessThan(6.63); // 1 degree of freedom, p = 0.01
  });

  test('under load a host that is ten times slower gets far less', () => {
    const places = hosts([100, 100, 1000]);
    simulate(places, 100_000, 45);
    const slow = places[2] as SimulatedHost;
    expect(slow.served / 100_000).toBeLessThan(0.12);
    expect(slow.served).toBeGreaterThan(0);
  });

  test('a single candidate is taken', () => {
    const [only] = hosts([1]);
    expect(powerOfTwo([only as SimulatedHost], () => 0.999)).toBe(only);
  });

  test('both candidates of a pair can win a tie', () => {
    const places = hosts([1, 1]);
    expect(powerOfTwo(places, () => 0)).toBe(places[0]);
    expect(powerOfTwo(places, () => 0.99)).toBe(places[1]);
  });
});
