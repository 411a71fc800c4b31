import { ask } from './ask';

/** One line of Prometheus text: the name with its labels as written, and the value. */
export interface Sample {
  readonly labels: string;
  readonly value: number;
}

export function samplesOf(exposition: string): Sample[] {
  return exposition
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const at = line.lastIndexOf(' ');
      return { labels: line.slice(0, at), value: Number(line.slice(at + 1)) };
    });
}

/** What a process tells of all series together whose name and labels match. */
export async function sumOf(url: string, series: RegExp): Promise<number> {
  return sumIn((await ask(`${url}/metrics`)).text, series);
}

/** The same in what it has told. */
export function sumIn(exposition: string, series: RegExp): number {
  return samplesOf(exposition)
    .filter(({ labels }) => series.test(labels))
    .reduce((sum, { value }) => sum + value, 0);
}
