import type { Sample } from '../../metrics/exposition';
import { readExposition } from '../../metrics/read-exposition';
import { ask } from '../support/ask';
import type { Target } from './client';

/** The modelhosts that have computed answers to requests of a dialect, as the inferrer counts them. */
export async function hostsThatAnswered(
  target: Target,
  dialect: string,
): Promise<ReadonlySet<string>> {
  const answered = (await counts(target)).filter(
    ({ labels, value }) => labels['dialect'] === dialect && labels['code'] === '200' && value > 0,
  );
  // No host stands where a request had nothing to compute.
  return new Set(answered.map(({ labels }) => labels['host'] ?? '').filter((id) => id !== ''));
}

async function counts({ metrics, shown }: Target): Promise<readonly Sample[]> {
  const headers = shown === undefined ? {} : { authorization: `Bearer ${shown.watching}` };
  const { status, text } = await ask(metrics, { headers });
  if (status !== 200) throw new Error(`the inferrer tells no metrics: ${status} ${text}`);
  const families = readExposition(text);
  return families.find(({ name }) => name === 'shoal_requests_total')?.samples ?? [];
}
