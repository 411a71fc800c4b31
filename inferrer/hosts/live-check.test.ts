import { LiveCheck } from './live-check';

/** Asks as often as there are answers; each is given when the test says so. */
function checked(answers: boolean[]) {
  const changes: boolean[] = [];
  let asked = 0;
  const subject = new LiveCheck(
    () => {
      asked += 1;
      return Promise.resolve(answers.shift()!);
    },
    () => changes.push(subject.reachable),
  );
  const check = async (doubt: boolean): Promise<void> => {
    subject.check(doubt);
    await new Promise(setImmediate);
  };
  return { subject, check, changes, asked: () => asked };
}

describe('LiveCheck', () => {
  test('nobody is asked while there is no doubt', async () => {
    const { check, asked } = checked([]);
    await check(false);
    expect(asked()).toBe(0);
  });

  test('two silences in a row: cannot be reached, until it answers again, then asked no more', async () => {
    const { subject, check, changes, asked } = checked([false, false, false, true]);
    await check(true);
    expect(subject.reachable).toBe(true);
    await check(false);
    expect(subject.reachable).toBe(false);
    await check(false);
    await check(false);
    await check(false);
    expect(changes).toEqual([false, true]);
    expect(asked()).toBe(4);
  });

  test('one silence is forgiven', async () => {
    const { check, changes } = checked([false, true, false, true]);
    for (let round = 0; round < 4; round += 1) await check(true);
    expect(changes).toEqual([]);
  });

  test('one question at a time', () => {
    let asked = 0;
    const subject = new LiveCheck(
      () => {
        asked += 1;
        return new Promise(() => undefined);
      },
      () => undefined,
    );
    subject.check(true);
    subject.check(true);
    expect(asked).toBe(1);
  });
});
