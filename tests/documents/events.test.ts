import { changeGroups } from '../../inferrer/events/change';
import { readDocument, tableUnder } from '../support/markdown';

const file = 'docs/operations.md';

test(`${file} has every event, and no other`, () => {
  const rows = tableUnder(readDocument(file), 'Events');
  const found = rows.flatMap(([names = '']) => names.replaceAll('`', '').split(', '));
  expect(found.sort()).toEqual(['state', ...changeGroups.flat()].sort());
});
