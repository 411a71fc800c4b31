import { RecentTable } from './recent-table';

test('never holds more than it may, however many are asked for', () => {
  let made = 0;
  const table = new RecentTable(1000, () => ({ made: (made += 1) }));
  let largest = 0;
  for (let at = 0; at < 100_000; at += 1) {
    table.of(`key ${at}`);
    largest = Math.max(largest, table.size);
  }
  expect(made).toBe(100_000);
  expect(largest).toBeLessThanOrEqual(1000);
  expect(largest).toBeGreaterThan(500);
});

test('keeps what is asked for again and again', () => {
  const table = new RecentTable(100, (key) => ({ key }));
  const mine = table.of('mine');
  for (let at = 0; at < 10_000; at += 1) {
    table.of(`other ${at}`);
    if (at % 40 === 0) expect(table.of('mine')).toBe(mine);
  }
});

test('holds no key twice', () => {
  const table = new RecentTable(10, (key) => key);
  for (let at = 0; at < 100; at += 1) {
    table.of(`key ${at % 7}`);
    expect(table.size).toBeLessThanOrEqual(7);
  }
});
