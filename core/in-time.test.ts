import { inTime } from './in-time';

const late = (): Error => new Error('late');
const never = new Promise<never>(() => undefined);

test('what ends before the deadline is given as it ends', async () => {
  for (const deadline of [performance.now() + 60_000, Infinity]) {
    expect(await inTime(Promise.resolve(7), deadline, late)).toBe(7);
    await expect(inTime(Promise.reject(new Error('own')), deadline, late)).rejects.toThrow('own');
  }
});

test('what does not is late, also where the deadline has passed', async () => {
  for (const deadline of [performance.now() + 20, performance.now() - 1000]) {
    await expect(inTime(never, deadline, late)).rejects.toThrow('late');
  }
});

test('no timer is left of what has ended', async () => {
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  await inTime(Promise.resolve(), performance.now() + 60_000, late);
  await inTime(Promise.reject(new Error()), performance.now() + 60_000, late).catch(
    () => undefined,
  );
  expect(timers()).toBeLessThanOrEqual(before);
});
