import { powerOfTwo } from '../../inferrer/pickers/power-of-two';
import { createDice } from '../../tests/support/faults/dice';
import {
  afterFailure,
  afterReply,
  available,
  circuitOf,
  healthy,
  trusted,
  type Circuit,
  type Health,
} from './health';
import { RetryBudget } from './retry-budget';

const requests = 100_000;
const msApart = 1;

/** A worker that fails as often as it is told to, and counts how it is treated meanwhile. */
class Worker {
  health: Health = healthy;
  inFlight = 0;
  probed = false;
  latencyUs = 1000;
  calls: Record<Circuit, number> = { closed: 0, open: 0, half_open: 0 };
  failing = 0;
  failures = 0;

  /** True where it answers. */
  call(nowMs: number, dice: () => number): boolean {
    this.calls[circuitOf(this.health, nowMs)] += 1;
    const answers = dice() >= this.failing;
    if (!answers) this.failures += 1;
    const after = answers ? afterReply : afterFailure;
    this.health = after(this.health, nowMs, nowMs);
    return answers;
  }
}

/** One request after the other, each tried as the dispatcher does; in virtual time. */
function simulate(workers: readonly Worker[], seed: number, each?: (at: number) => void) {
  const dice = createDice(seed);
  const budget = new RetryBudget();
  let [answered, calls] = [0, 0];
  for (let at = 0; at < requests; at += 1) {
    each?.(at);
    const nowMs = at * msApart;
    budget.requests(1, nowMs);
    const untried = [...workers];
    for (let round = 0; round < 3 && untried.length > 0; round += 1) {
      if (round > 0 && !budget.take(1, nowMs)) break;
      const worker = powerOfTwo(trusted(untried, nowMs), dice);
      untried.splice(untried.indexOf(worker), 1);
      calls += 1;
      if (!worker.call(nowMs, dice)) continue;
      answered += 1;
      break;
    }
  }
  return { answered, calls };
}

/** A tenth of the requests and ten a second, as over any ten seconds at the start. */
const allowedCalls = requests * 1.1 + 10 * (10 + (requests * msApart) / 1000);

test.each([1, 2, 3])('one of two workers fails half of its calls, seed %i', (seed) => {
  const [well, sick] = [new Worker(), new Worker()];
  sick.failing = 0.5;
  const { answered, calls } = simulate([well, sick], seed);
  expect(answered / requests).toBeGreaterThanOrEqual(0.99);
  expect(calls).toBeLessThanOrEqual(allowedCalls);
  // Of 100 s it is out for 5 s after 5 s in the end, and is soon found out each time it is back.
  expect(sick.failures).toBeLessThan(60);
});

test.each([1, 2, 3])('all workers fail half of their calls: within the budget, seed %i', (seed) => {
  const workers = [new Worker(), new Worker(), new Worker()];
  for (const worker of workers) worker.failing = 0.5;
  const { calls } = simulate(workers, seed);
  expect(calls).toBeGreaterThan(requests);
  expect(calls).toBeLessThanOrEqual(allowedCalls);
});

test('a dead worker: open after its first failure, no call while open, one probe each time, closed again', () => {
  const [well, dead] = [new Worker(), new Worker()];
  dead.failing = 1;
  const healedAt = requests * 0.8;
  let whenHealed: Record<Circuit, number> | undefined;
  const { answered } = simulate([well, dead], 7, (at) => {
    if (at !== healedAt) return;
    whenHealed = { ...dead.calls };
    dead.failing = 0;
  });
  expect(answered).toBe(requests);
  // 80 s of death: one call while closed, then after 0.1, 0.2 ... 3.2 s and every 5 s.
  expect(whenHealed).toEqual({ closed: 1, open: 0, half_open: expect.any(Number) as number });
  expect(whenHealed?.half_open).toBeGreaterThan(10);
  expect(whenHealed?.half_open).toBeLessThan(25);
  expect(dead.calls.half_open).toBe((whenHealed?.half_open ?? 0) + 1);
  expect(dead.calls.closed).toBeGreaterThan(requests * 0.05);
  expect(available(dead, requests)).toBe(true);
});
