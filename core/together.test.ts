import { together } from './together';

/** Work that ends when the test says so. */
function heldWork() {
  const held: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const work = (): Promise<void> =>
    new Promise((end, fail) => {
      held.push({ end, fail });
    });
  return { held, work };
}

/** Lets all promises that can go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('together', () => {
  test('those who ask at once share one; those who come meanwhile share the next', async () => {
    const { held, work } = heldWork();
    const ask = together(work);
    const told: string[] = [];
    for (const name of ['a', 'b']) void ask().then(() => told.push(name));
    await settled();
    for (const name of ['c', 'd']) void ask().then(() => told.push(name));
    await settled();
    expect(held).toHaveLength(1);

    held[0]!.end();
    await settled();
    expect([told, held.length]).toEqual([['a', 'b'], 2]);
    held[1]!.end();
    await settled();
    expect([told, held.length]).toEqual([['a', 'b', 'c', 'd'], 2]);
  });

  test('that one fails is told to those who share it, and the next begins all the same', async () => {
    const { held, work } = heldWork();
    const ask = together(work);
    const first = expect(ask()).rejects.toThrow('no answer');
    await settled();
    const second = ask();
    held[0]!.fail(new Error('no answer'));
    await first;
    await settled();
    held[1]!.end();
    await second;
    expect(held).toHaveLength(2);
  });

  test('the next is for what any of those who share it wishes', async () => {
    const wished: string[] = [];
    const ends: (() => void)[] = [];
    const work = (wish: string): Promise<void> => {
      wished.push(wish);
      return new Promise((end) => ends.push(end));
    };
    const ask = together(work, (one, other) => one + other);
    const all = [ask('a'), ask('b')];
    await settled();
    all.push(ask('c'), ask('d'), ask('e'));
    ends[0]!();
    await settled();
    ends[1]!();
    await Promise.all(all);
    expect(wished).toEqual(['ab', 'cde']);
  });
});
