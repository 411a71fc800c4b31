import { changeTable } from './change-table';

function cellsOf(bare: readonly number[]): string[] {
  const [, line] = changeTable([{ what: 'a load', hosts: 5, times: [30, 10, 20], bare }]).split(
    '\n',
  );
  return line!.split(/\s{2,}/);
}

it('shows the median and the longest, and what they are of the bare runtime', () => {
  expect(cellsOf([5, 4, 6])).toEqual(['a load', '5', '3', '20.0', '30.0', '5.00', '4.00']);
});

it('shows dashes where the bare runtime has no such thing', () => {
  expect(cellsOf([]).slice(3)).toEqual(['20.0', '30.0', '-', '-']);
});
