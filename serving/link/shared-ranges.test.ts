import fc from 'fast-check';
import { createRanges } from './shared-ranges';

test('ranges lie inside, do not overlap, and there is room again when they are free', () => {
  const steps = fc.array(
    fc.record({ bytes: fc.integer({ min: 1, max: 40_000 }), free: fc.nat(9) }),
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 200_000 }), (all, maxBytes) => {
      const ranges = createRanges(maxBytes);
      const used: { from: number; to: number }[] = [];
      for (const { bytes, free } of all) {
        const from = ranges.take(bytes);
        if (from >= 0) {
          const to = from + bytes;
          expect(to).toBeLessThanOrEqual(maxBytes);
          expect(used.filter((other) => from < other.to && other.from < to)).toEqual([]);
          used.push({ from, to });
        }
        for (const { from: gone } of used.splice(0, Math.min(free, used.length))) ranges.free(gone);
      }
      for (const { from } of used) ranges.free(from);
      expect(ranges.take(Math.floor(maxBytes / 4096) * 4096 || 1)).toBe(maxBytes < 4096 ? -1 : 0);
    }),
  );
});

test('the lowest room that is large enough is taken', () => {
  const ranges = createRanges(10 * 4096);
  expect([ranges.take(4096), ranges.take(4097), ranges.take(1)]).toEqual([0, 4096, 3 * 4096]);
  ranges.free(4096);
  expect([ranges.take(3 * 4096), ranges.take(2 * 4096)]).toEqual([4 * 4096, 4096]);
  expect(ranges.take(4 * 4096)).toBe(-1);
});
