import { createTurns } from './turns';

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('turns', () => {
  it('does so much in one turn of the event loop, the rest in the next ones, in order', async () => {
    const inTurns = createTurns(3);
    const done: number[] = [];
    for (let n = 0; n < 8; n += 1) inTurns(() => done.push(n));
    expect(done).toEqual([0, 1, 2]);
    await turn();
    expect(done).toEqual([0, 1, 2, 3, 4, 5]);
    await turn();
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('lets nobody pass who comes while others wait', async () => {
    const inTurns = createTurns(1);
    const done: string[] = [];
    inTurns(() => done.push('first'));
    inTurns(() => done.push('second'));
    await turn();
    inTurns(() => done.push('third'));
    expect(done).toEqual(['first', 'second']);
    await turn();
    expect(done).toEqual(['first', 'second', 'third']);
  });

  it('does at once what comes after a quiet turn', async () => {
    const inTurns = createTurns(1);
    const done: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      inTurns(() => done.push(n));
      expect(done).toHaveLength(n + 1);
      await turn();
    }
  });
});
