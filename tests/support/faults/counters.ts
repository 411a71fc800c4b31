import { ask } from '../ask';
import { samplesOf } from '../samples';

/** All series of a metric with their values, for a journal. */
export async function countOf(url: string, metric: string): Promise<string> {
  const lines = (await ask(`${url}/metrics`)).text.split('\n');
  return lines.filter((line) => line.startsWith(`${metric}{`)).join('; ');
}

/** Requests that an inferrer has sent again because what had them was gone. */
export async function lostSoFar(url: string): Promise<number> {
  const samples = samplesOf((await ask(`${url}/metrics`)).text);
  const again = samples.filter(({ labels }) => /^shoal_retries_total\{.*"lost"/.test(labels));
  return again.reduce((sum, { value }) => sum + value, 0);
}
