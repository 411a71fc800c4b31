import { judgeMemory, type MemorySample } from './memory-verdict';

const mib = 2 ** 20;

/** A hundred samples, one a second. */
function samples(of: (second: number) => Record<string, number>): MemorySample[] {
  return Array.from({ length: 100 }, (_, seconds) => ({ seconds, residentBytes: of(seconds) }));
}

it('does not hold against a process what it took to get warm', () => {
  const [verdict] = judgeMemory(
    samples((second) => ({ inferrer: Math.min(50 + second * 5, 150) * mib })),
    5,
  );
  expect(verdict).toMatchObject({ process: 'inferrer', growthPercent: 0, flat: true });
  expect(verdict?.bytesPerSecond).toBeCloseTo(0);
});

it('sees a leak, and only in the process that has it', () => {
  const verdicts = judgeMemory(
    samples((second) => ({
      leaking: (100 + second) * mib,
      steady: (100 + (second % 3)) * mib,
    })),
    10,
  );
  expect(verdicts.map(({ process, flat }) => [process, flat])).toEqual([
    ['leaking', false],
    ['steady', true],
  ]);
  expect(verdicts[0]?.bytesPerSecond).toBeCloseTo(mib);
  expect(verdicts[0]?.growthPercent).toBeCloseTo((40 / 139.5) * 100);
});

it('counts what shrinks as flat', () => {
  const [verdict] = judgeMemory(
    samples((second) => ({ host: (200 - second) * mib })),
    10,
  );
  expect(verdict?.flat).toBe(true);
  expect(verdict?.growthPercent).toBeLessThan(0);
});

it('says nothing of processes that ended early, and of short runs', () => {
  const gone = samples((second): Record<string, number> => (second < 50 ? { gone: mib } : {}));
  expect(judgeMemory(gone, 10)).toEqual([]);
  expect(judgeMemory(samples(() => ({ host: mib })).slice(0, 3), 10)).toEqual([]);
});
