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
