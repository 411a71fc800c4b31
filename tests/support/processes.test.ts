import { eventually } from './processes';

describe('eventually', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test('gives the first answer that is not undefined, whatever was thrown before', async () => {
    let looks = 0;
    const look = (): string | undefined => {
      looks += 1;
      if (looks === 1) throw new Error('not yet');
      return looks === 3 ? 'there' : undefined;
    };
    expect(await eventually('the third look', look)).toBe('there');
    expect(looks).toBe(3);
  });

  test('says what it waited for, and what the last look threw', async () => {
    const look = (): Promise<never> => Promise.reject(new Error('nobody there'));
    await expect(eventually('somebody', look, 50)).rejects.toMatchObject({
      message: 'waited 50 ms for: somebody',
      cause: { message: 'nobody there' },
    });
  });

  test('says nothing of what an earlier look threw', async () => {
    jest.useFakeTimers();
    let looks = 0;
    const look = (): undefined => {
      looks += 1;
      if (looks === 1) throw new Error('not yet');
      // The time is over in this look, not before it.
      jest.advanceTimersByTime(100);
    };
    await expect(eventually('more', look, 100)).rejects.toMatchObject({ cause: undefined });
    expect(looks).toBe(2);
  });

  test('does not wait for a look that hangs', async () => {
    const hanging = new Promise<true>(() => undefined);
    await expect(eventually('an answer', () => hanging, 50)).rejects.toThrow('an answer');
  });
});
