import { ask } from '../ask';
import { sumOf } from '../samples';

/** All series of a metric with their values, for a journal. */
export async function countOf(url: string, metric: string): Promise<string> {
  const lines = (await ask(`${url}/metrics`)).text.split('\n');
  return lines.filter((line) => line.startsWith(`${metric}{`)).join('; ');
}

/** Requests that an inferrer has sent again because what had them was gone. */
export function lostSoFar(url: string): Promise<number> {
  return sumOf(url, /^shoal_retries_total\{.*"lost"/);
}
