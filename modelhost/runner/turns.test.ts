import { Turns } from './turns';

function all(turns: Turns<string, number>): number[] {
  const jobs: number[] = [];
  for (let job = turns.next(); job !== undefined; job = turns.next()) jobs.push(job);
  return jobs;
}

test('each owner has its turn, its own jobs in order', () => {
  const turns = new Turns<string, number>();
  for (const job of [1, 2, 3, 4]) turns.add('a', job);
  turns.add('b', 10);
  turns.add('c', 20);
  turns.add('b', 11);
  expect(turns.size).toBe(7);
  expect(all(turns)).toEqual([1, 10, 20, 2, 11, 3, 4]);
  expect(turns.size).toBe(0);
});

test('an owner that comes later waits for one job of each at most', () => {
  const turns = new Turns<string, number>();
  for (const job of [1, 2, 3]) turns.add('a', job);
  expect(turns.next()).toBe(1);
  turns.add('b', 10);
  expect(all(turns)).toEqual([2, 10, 3]);
});

test('what an owner that has gone wanted is dropped', () => {
  const turns = new Turns<string, number>();
  turns.add('a', 1);
  turns.add('b', 10);
  turns.add('a', 2);
  expect(turns.drop('a')).toEqual([1, 2]);
  expect(turns.drop('x')).toEqual([]);
  expect(turns.size).toBe(1);
  expect(all(turns)).toEqual([10]);
});

test('one that is not wanted any more is taken out, others keep their turns', () => {
  const turns = new Turns<string, number>();
  for (const job of [1, 2, 3]) turns.add('a', job);
  turns.add('b', 2);
  expect(turns.remove('a', (job) => job === 2)).toBe(2);
  expect(turns.remove('a', (job) => job === 2)).toBeUndefined();
  expect(turns.remove('b', (job) => job === 2)).toBe(2);
  expect(turns.remove('c', () => true)).toBeUndefined();
  expect(turns.size).toBe(2);
  expect(all(turns)).toEqual([1, 3]);
});
