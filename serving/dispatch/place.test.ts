import { ShoalError } from '../../core/errors';
import type { Attempt, HostLink } from '../../protocol/link/batch';
import { batch } from '../../tests/support/batches';
import { available } from './health';
import { Place } from './place';

const lost: Attempt = { outcome: 'lost', cause: 'gone' };
const reply = { host: 'one', outputs: [], queueUs: 0, runUs: 0 };

function failed(code: 'internal' | 'deadline_exceeded') {
  return { outcome: 'failed', host: 'one', error: new ShoalError(code, '') } as const;
}

const late: Attempt = { ...failed('deadline_exceeded'), late: true };

/** A place at which batches end as told, one after the other. */
function placeWith(
  script: readonly Attempt[],
  copies = false,
): { place: Place; send: () => Promise<Attempt> } {
  const left = [...script];
  const link: HostLink = {
    send: () => Promise.resolve(left.shift() ?? { outcome: 'replied', reply }),
    giveUp: () => undefined,
    close: () => undefined,
  };
  const place = new Place('one', link);
  return { place, send: () => place.send({ ...batch({}), copies }, Infinity) };
}

test('counts what is in flight and learns latency and health', async () => {
  const { place, send } = placeWith([lost]);
  const sending = send();
  expect(place.inFlight).toBe(1);
  await sending;
  expect(place.inFlight).toBe(0);
  expect(place.health.state).toBe('ejected');
  await send();
  expect(place.health.state).toBe('healthy');
  expect(place.latencyUs).toBeGreaterThan(0);
});

test('what becomes of copies for a shadow says nothing of the place', async () => {
  const { place, send } = placeWith([lost], true);
  await send();
  await send();
  expect([place.health.state, place.latencyUs, place.inFlight]).toEqual(['healthy', 0, 0]);
});

test('any answer closes the circuit; a deadline that passes leaves it half open', async () => {
  const { place, send } = placeWith([lost, late, failed('deadline_exceeded')]);
  await send();
  const ejected = place.health;
  await send();
  expect(place.health).toBe(ejected);
  expect(place.latencyUs).toBeGreaterThan(0);
  // The next one may be sent.
  expect(available(place, Infinity)).toBe(true);
  await send();
  expect(place.health.state).toBe('healthy');
});

test('one batch at a time once its time is over, whatever takes long since before', async () => {
  const answers: ((attempt: Attempt) => void)[] = [];
  const place = new Place('one', {
    send: () => new Promise((resolve) => answers.push(resolve)),
    giveUp: () => undefined,
    close: () => undefined,
  });
  const [long, broken] = [place.send(batch({}), Infinity), place.send(batch({}), Infinity)];
  answers[1]?.(lost);
  await broken;
  expect(place.inFlight).toBe(1);
  expect(available(place, Infinity)).toBe(true);
  const probe = place.send(batch({}), Infinity);
  expect(available(place, Infinity)).toBe(false);
  answers[0]?.({ outcome: 'replied', reply });
  await long;
  expect(place.health.state).toBe('ejected');
  answers[2]?.({ outcome: 'replied', reply });
  await probe;
  expect(place.health.state).toBe('healthy');
});

test('a deadline that passes is no end to setbacks in a row', async () => {
  const setback = failed('internal');
  const script = [setback, setback, late, setback, setback, late, setback];
  const { place, send } = placeWith(script);
  for (let sent = 0; sent < script.length; sent += 1) await send();
  expect(place.health.state).toBe('ejected');
});

test.each([
  ['draining', 'ejected'],
  ['overloaded', 'ejected'],
  ['unauthorized', 'ejected'],
  ['not_loaded', 'healthy'],
  ['stale_generation', 'healthy'],
] as const)('after five times refused with %s it is %s', async (reason, state) => {
  const { place, send } = placeWith(Array<Attempt>(5).fill({ outcome: 'refused', reason }));
  for (let sent = 0; sent < 5; sent += 1) await send();
  expect(place.health.state).toBe(state);
});

test('all that is given up together is lost, and one failure', async () => {
  const waiting: ((attempt: Attempt) => void)[] = [];
  const place = new Place('one', {
    send: () => new Promise((resolve) => waiting.push(resolve)),
    giveUp: (cause) => {
      for (const resolve of waiting) resolve({ outcome: 'lost', cause });
    },
    close: () => undefined,
  });
  const sent = [1, 2, 3].map(() => place.send(batch({}), Infinity));
  place.giveUp('nothing is heard of it');
  const given = { outcome: 'lost', cause: 'nothing is heard of it' };
  expect(await Promise.all(sent)).toEqual([given, given, given]);
  expect([place.inFlight, place.health]).toMatchObject([0, { state: 'ejected', ejections: 1 }]);
});
