import { noState } from './model-state';
import { surplusOf } from './retention';

describe('versions that go', () => {
  test.each([
    ['none while there is room', { standard: 3, there: [1, 2, 3], keep: 3 }, []],
    ['the oldest beyond the last n', { standard: 5, there: [1, 2, 3, 4, 5], keep: 2 }, [1, 2, 3]],
    ['all but the default one with 1', { standard: 3, there: [1, 2, 3], keep: 1 }, [1, 2]],
    ['what is newer than the default stays', { standard: 2, there: [1, 2, 3, 4], keep: 2 }, []],
    ['and does not count', { standard: 3, there: [1, 2, 3, 4, 5], keep: 2 }, [1]],
    ['none without a default', { standard: 0, there: [1, 2, 3], keep: 1 }, []],
  ])('%s', (_what, { standard, there, keep }, gone) => {
    expect(surplusOf({ ...noState, default: standard }, there, keep)).toEqual(gone);
  });

  test('not what has a label or is to get a name', () => {
    const traffic = { variants: [{ version: 4, weight: 1 }] };
    const state = { ...noState, default: 5, labels: { stable: 1 }, held: [3], traffic };
    expect(surplusOf(state, [1, 2, 3, 4, 5], 1)).toEqual([2]);
  });
});
