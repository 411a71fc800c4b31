import { createTurns } from './turns';

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('turns', () => {
  it('does so much in one turn of the event loop, the rest in the next ones, in order', async () => {
    const done: number[] = [];
    const inTurns = createTurns(3, (n: number) => done.push(n));
    for (let n = 0; n < 8; n += 1) inTurns(n);
    expect(done).toEqual([0, 1, 2]);
    await turn();
    expect(done).toEqual([0, 1, 2, 3, 4, 5]);
    await turn();
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('lets nobody pass who comes while others wait', async () => {
    const done: string[] = [];
    const inTurns = createTurns(1, (word: string) => done.push(word));
    inTurns('first');
    inTurns('second');
    await turn();
    inTurns('third');
    expect(done).toEqual(['first', 'second']);
    await turn();
    expect(done).toEqual(['first', 'second', 'third']);
  });

  it('does at once what comes after a quiet turn', async () => {
    const done: number[] = [];
    const inTurns = createTurns(1, (n: number) => done.push(n));
    for (let n = 0; n < 3; n += 1) {
      inTurns(n);
      expect(done).toHaveLength(n + 1);
      await turn();
    }
  });
});
