import { createModeration } from './moderation';

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function pausing(pauseMs = 2): { pauses: number[]; ended: (codes: string[]) => void } {
  const pauses: number[] = [];
  const moderate = createModeration({ pauseMs, pause: (ms) => pauses.push(ms) });
  return {
    pauses,
    ended(codes) {
      for (const code of codes) moderate(code);
    },
  };
}

describe('moderation', () => {
  it('pauses once after a turn with refusals', async () => {
    const { pauses, ended } = pausing();
    ended(['overloaded', 'overloaded', '', 'overloaded']);
    expect(pauses).toEqual([]);
    await turn();
    expect(pauses).toEqual([2]);
    await turn();
    expect(pauses).toEqual([2]);
  });

  it('pauses again in the next turn that has refusals', async () => {
    const { pauses, ended } = pausing();
    for (let n = 0; n < 3; n += 1) {
      ended(['overloaded']);
      await turn();
    }
    expect(pauses).toEqual([2, 2, 2]);
  });

  it('does not pause where as many are answered as are refused', async () => {
    const { pauses, ended } = pausing();
    ended(['', 'overloaded', 'deadline_exceeded', 'overloaded']);
    await turn();
    expect(pauses).toEqual([]);
  });

  it('does not pause for those who are over a rate: the machine has time', async () => {
    const { pauses, ended } = pausing();
    ended(['rate_limited', 'rate_limited']);
    await turn();
    expect(pauses).toEqual([]);
  });

  it('does not pause where so many have come together already', async () => {
    const { pauses, ended } = pausing();
    ended(new Array<string>(32).fill('overloaded'));
    await turn();
    expect(pauses).toEqual([]);
    ended(new Array<string>(31).fill('overloaded'));
    await turn();
    expect(pauses).toEqual([2]);
  });

  it('never pauses where it is switched off', async () => {
    const { pauses, ended } = pausing(0);
    ended(['overloaded']);
    await turn();
    expect(pauses).toEqual([]);
  });

  it('holds the thread for that long', async () => {
    const moderate = createModeration({ pauseMs: 20 });
    moderate('overloaded');
    const began = performance.now();
    await turn();
    expect(performance.now() - began).toBeGreaterThan(19);
  });
});
