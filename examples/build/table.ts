import { readFileSync } from 'node:fs';

/** One row of a CSV file of numbers: its last column, as text, is what the others are of. */
export interface Row {
  readonly values: readonly number[];
  readonly label: string;
}

export function readTable(file: string): Row[] {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const cells = line.split(',');
    return { values: cells.slice(0, -1).map(Number), label: cells.at(-1) ?? '' };
  });
}
