import {
  afterFailure,
  afterReply,
  afterSetback,
  available,
  circuitOf,
  healthy,
  trusted,
  type Health,
} from './health';

describe('health', () => {
  test('failures in a row eject for twice as long each, up to five seconds', () => {
    let health: Health = healthy;
    const times: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      health = afterFailure(health, 1000, 1000);
      times.push(health.state === 'ejected' ? health.untilMs - 1000 : 0);
    }
    expect(times).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  test('all batches that were lost with one host are one failure', () => {
    const first = afterFailure(healthy, 900, 1000);
    expect(afterFailure(first, 950, 1001)).toBe(first);
    expect(afterFailure(first, 1200, 1300)).toMatchObject({ ejections: 2 });
  });

  test('one that fails again soon after a reply has healed it is left out for longer', () => {
    const twice = afterFailure(afterFailure(healthy, 0, 0), 100, 100);
    const healed = afterReply(twice, 300, 300);
    expect(circuitOf(healed, 300)).toBe('closed');
    expect(afterFailure(healed, 10_299, 10_299)).toMatchObject({ ejections: 3 });
    expect(afterFailure(healed, 10_300, 10_300)).toMatchObject({ ejections: 1 });
  });

  test('a reply to what was sent before the failure heals nothing', () => {
    const ejected = afterFailure(healthy, 900, 1000);
    expect(afterReply(ejected, 999, 1001)).toBe(ejected);
    expect(afterReply(ejected, 1000, 1001)).toMatchObject({ state: 'healthy' });
  });

  test('after its time an ejected place is tried with one batch at a time', () => {
    const health = afterFailure(healthy, 0, 0);
    expect(available({ health, probed: false }, 99)).toBe(false);
    expect(available({ health, probed: false }, 100)).toBe(true);
    expect(available({ health, probed: true }, 100)).toBe(false);
  });

  test('closed, open while nothing may be sent, half open while one may', () => {
    const ejected = afterFailure(healthy, 0, 0);
    expect(circuitOf(healthy, 0)).toBe('closed');
    expect(circuitOf(ejected, 99)).toBe('open');
    expect(circuitOf(ejected, 100)).toBe('half_open');
  });

  test('five setbacks in a row eject, and then each does', () => {
    let health: Health = healthy;
    const states: string[] = [];
    for (let setback = 0; setback < 6; setback += 1) {
      health = afterSetback(health, setback * 1000, setback * 1000);
      states.push(circuitOf(health, setback * 1000));
    }
    expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'open', 'open']);
    expect(health).toMatchObject({ ejections: 2 });
  });

  test('a reply ends a row of setbacks', () => {
    const four = [1, 2, 3, 4].reduce<Health>((health, at) => afterSetback(health, at, at), healthy);
    expect(afterReply(four, 5, 5)).toEqual(healthy);
  });

  test('one sick place of two is left out, two of two are not believed', () => {
    const well = { health: healthy, probed: false };
    const sick = { health: afterFailure(healthy, 0, 0), probed: false };
    expect(trusted([well, sick], 50)).toEqual([well]);
    expect(trusted([sick, sick], 50)).toEqual([sick, sick]);
    expect(trusted([well, sick, sick], 50)).toEqual([well, sick, sick]);
  });
});
