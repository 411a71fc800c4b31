import { errorTable, statusOf, type ErrorCode } from '../../core/errors';
import { grpcStatusOf } from '../../core/grpc-status';
import { code, readDocument, tableUnder } from '../support/markdown';

const file = 'docs/errors.md';
const codes = Object.keys(errorTable) as ErrorCode[];

describe(file, () => {
  it('has every code with its statuses, its meaning and what to do, and no other', () => {
    const rows = tableUnder(readDocument(file), 'Codes');
    const wanted = codes.map((word) => [
      word,
      String(statusOf(word, 'http')),
      String(statusOf(word, 'fractal')),
      grpcStatusOf(word),
      errorTable[word].means,
    ]);
    const found = rows.map(([word = '', ...cells]) => [code(word), ...cells.slice(0, 4)]);
    expect(found.sort()).toEqual(wanted.sort());
    expect(rows.filter((row) => (row[5] ?? '') === '')).toEqual([]);
  });
});
