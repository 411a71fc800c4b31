import { readExposition } from '../read-exposition';
import type { FetchText } from './fetch-text';
import type { Scrape } from './merge';
import type { ClusterProcess } from './processes';

/** Asks all processes at once. Who does not answer in time is in the result without metrics. */
export function scrapeAll(
  processes: readonly ClusterProcess[],
  fetchText: FetchText,
): Promise<Scrape[]> {
  return Promise.all(
    processes.map(async (process) => {
      try {
        const text = await fetchText(`${process.url}/metrics`, { accept: 'text/plain' });
        return { process, families: readExposition(text) };
      } catch {
        return { process, families: null };
      }
    }),
  );
}
