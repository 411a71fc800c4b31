import fc from 'fast-check';
import { levelOf } from './priority-level';
import { BatchQueue, type Queued } from './queue';

interface Named extends Queued {
  readonly name: number;
}

function entry(name: number, over: Partial<Queued> = {}): Named {
  return { name, rows: 1, bytes: 4, key: '', level: 4, enqueuedAt: name, ...over };
}

function names(entries: readonly Named[]): number[] {
  return entries.map(({ name }) => name);
}

function queueOf(...entries: readonly Named[]): BatchQueue<Named> {
  const queue = new BatchQueue<Named>();
  for (const each of entries) queue.push(each);
  return queue;
}

describe('BatchQueue', () => {
  test('nothing is lost or doubled, equal keys and levels keep their order, limits hold', () => {
    const entries = fc.array(
      fc.record({
        rows: fc.integer({ min: 0, max: 5 }),
        bytes: fc.integer({ min: 0, max: 50 }),
        key: fc.constantFrom('a', 'b', 'c'),
        level: fc.constantFrom(0, 4, 8),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 12 }), (made, maxRows) => {
        const all = made.map((over, at) => entry(at, over));
        const queue = new BatchQueue<Named>();
        const left: Named[] = [];
        for (const [at, each] of all.entries()) {
          queue.push(each);
          if (at % 7 === 6) left.push(...queue.take(maxRows, 60));
        }
        while (queue.length > 0) {
          const batch = queue.take(maxRows, 60);
          const rows = batch.reduce((sum, each) => sum + each.rows, 0);
          expect(batch.length === 1 || rows <= maxRows).toBe(true);
          expect(new Set(batch.map(({ key }) => key)).size).toBe(1);
          left.push(...batch);
        }
        expect(names(left).sort((a, b) => a - b)).toEqual(names(all));
        expect([queue.rows, queue.bytes]).toEqual([0, 0]);
        for (const { key, level } of all) {
          const same = left.filter((each) => each.key === key && each.level === level);
          const small = names(same.filter(({ rows, bytes }) => rows === 1 && bytes === 0));
          expect(small).toEqual([...small].sort((a, b) => a - b));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('what is more urgent leaves first and takes the others along where there is room', () => {
    const queue = queueOf(entry(1), entry(2), entry(3, { level: 8 }), entry(4, { level: 0 }));
    expect(names(queue.take(1, 100))).toEqual([4]);
    expect(names(queue.take(3, 100))).toEqual([1, 2, 3]);
  });

  test('a less urgent request is not overtaken for ever', () => {
    const queue = queueOf(entry(0, { level: 8 }));
    for (let name = 1; name <= 20; name += 1) queue.push(entry(name, { level: 0 }));
    const order = Array.from({ length: 21 }, () => names(queue.take(1, 100))[0]);
    expect(order.indexOf(0)).toBeGreaterThan(3);
    expect(order.indexOf(0)).toBeLessThan(8);
  });

  test('those who have to run alone go first, one at a time', () => {
    const queue = queueOf(entry(1));
    queue.pushAlone(entry(2));
    queue.pushAlone(entry(3));
    const batches = [1, 2, 3].map(() => names(queue.take(8, 100)));
    expect(batches).toEqual([[2], [3], [1]]);
  });

  test('the newest of the least urgent is displaced, and only by what is more urgent', () => {
    const queue = queueOf(
      entry(1, { level: 8 }),
      entry(2, { level: 8 }),
      entry(3),
      entry(4, { level: 0 }),
    );
    expect(names(queue.displace(8, 1, 0))).toEqual([]);
    expect(names(queue.displace(4, 3, 0))).toEqual([]);
    expect(names(queue.displace(4, 1, 0))).toEqual([2]);
    expect(names(queue.displace(0, 2, 0))).toEqual([1, 3]);
    expect(queue.length).toBe(1);
  });

  test('rows before a new entry are those of its level and of more urgent ones', () => {
    const queue = queueOf(entry(1, { level: 0 }), entry(2), entry(3, { level: 8, rows: 5 }));
    expect([0, 4, 8].map((level) => queue.rowsBefore(level))).toEqual([1, 2, 7]);
  });

  test('levels of priorities', () => {
    expect([0, 1, 5, 9, 1000].map(levelOf)).toEqual([4, 0, 4, 8, 8]);
  });
});
