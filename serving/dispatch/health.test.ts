import { afterFailure, available, healthy, trusted, type Health } from './health';

describe('health', () => {
  test('failures in a row eject for twice as long each, up to five seconds', () => {
    let health: Health = healthy;
    const times: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      health = afterFailure(health, 1000);
      times.push(health.state === 'ejected' ? health.untilMs - 1000 : 0);
    }
    expect(times).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  test('after its time an ejected place is tried with one batch at a time', () => {
    const ejected = afterFailure(healthy, 0);
    expect(available(ejected, 0, 99)).toBe(false);
    expect(available(ejected, 0, 100)).toBe(true);
    expect(available(ejected, 1, 100)).toBe(false);
  });

  test('one sick place of two is left out, two of two are not believed', () => {
    const well = { health: healthy, inFlight: 0 };
    const sick = { health: afterFailure(healthy, 0), inFlight: 0 };
    expect(trusted([well, sick], 50)).toEqual([well]);
    expect(trusted([sick, sick], 50)).toEqual([sick, sick]);
    expect(trusted([well, sick, sick], 50)).toEqual([well, sick, sick]);
  });
});
