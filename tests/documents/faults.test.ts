import { existsSync, readFileSync } from 'node:fs';
import { code, readDocument, tableUnder } from '../support/markdown';

const file = 'tests/cluster/README.md';
const titles = [
  'Deadlines and default answers',
  'Overload',
  'Rate limits',
  'Failures of hosts, runners and ways',
  'Circuit and budget',
  'Requests and models that kill',
  'The repository',
  'Rolling change, soak',
  'Bad input',
];

/** What is between backticks and has a folder. */
function filesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)]
    .map(([, word]) => word!)
    .filter((word) => word.includes('/'));
}

describe(file, () => {
  test.each(titles)(
    '%s: each fault has its test, its remedy, and what is seen without it',
    (title) => {
      const rows = tableUnder(readDocument(file), title);
      expect(rows.length).toBeGreaterThan(1);
      for (const cells of rows) {
        expect(cells.map((cell) => cell !== '')).toEqual([true, true, true, true]);
        const tests = cells[1]!.split(', ').map(code);
        expect(tests.filter((test) => !test.endsWith('.test.ts') || !existsSync(test))).toEqual([]);
        expect(filesIn(cells[2]!).filter((named) => !existsSync(named))).toEqual([]);
      }
    },
  );

  test('has no other tables', () => {
    const rows = titles.flatMap((title) => tableUnder(readDocument(file), title));
    expect(tableUnder(readDocument(file), 'What guards what')).toHaveLength(rows.length);
  });
});

test('tests/alone.json names tests that are there', () => {
  const { tests } = JSON.parse(readFileSync('tests/alone.json', 'utf8')) as { tests: string[] };
  expect(tests.length).toBeGreaterThan(10);
  expect(tests.filter((file) => !existsSync(file))).toEqual([]);
});
