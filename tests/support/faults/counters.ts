import { ask } from '../ask';

/** All series of a metric with their values, for a journal. */
export async function countOf(url: string, metric: string): Promise<string> {
  const lines = (await ask(`${url}/metrics`)).text.split('\n');
  return lines.filter((line) => line.startsWith(`${metric}{`)).join('; ');
}
