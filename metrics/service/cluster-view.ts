import type { FetchText } from './fetch-text';
import { History } from './history';
import type { Scrape } from './merge';
import { findProcesses, type ClusterProcess } from './processes';
import { askPrometheus } from './prometheus';
import { scrapeAll } from './scraper';
import type { MetricsSettings } from './settings';
import type { ClusterNumbers, SummarySource } from './summary';

/** The numbers of this long are summarised. */
const windowMs = 60_000;

export interface Summary {
  readonly source: SummarySource;
  readonly numbers: ClusterNumbers;
  readonly processes: readonly ClusterProcess[];
}

/** The cluster as the metrics service sees it. */
export interface ClusterView {
  /** All other processes. */
  processes(): Promise<ClusterProcess[]>;
  /** What they count at this moment. */
  scrape(): Promise<Scrape[]>;
  summary(): Promise<Summary>;
  /** Scrapes from now on for the summary, where there is no Prometheus. */
  start(): void;
  stop(): void;
}

export interface ClusterViewParts {
  readonly settings: MetricsSettings;
  readonly fetchText: FetchText;
}

export function createClusterView({ settings, fetchText }: ClusterViewParts): ClusterView {
  const history = new History(windowMs);
  let timer: NodeJS.Timeout | undefined;

  function processes(): Promise<ClusterProcess[]> {
    return findProcesses(settings.INFERRER_URL, fetchText);
  }

  async function look(): Promise<ClusterProcess[]> {
    const found = await processes();
    history.add(await scrapeAll(found, fetchText), performance.now());
    return found;
  }

  async function byScraping(): Promise<Summary> {
    const fresh = performance.now() - history.lastAt < settings.SCRAPE_INTERVAL_MS;
    const found = fresh ? await processes() : await look();
    return { source: 'scraping', numbers: history.numbers(), processes: found };
  }

  return {
    processes,
    scrape: async () => scrapeAll(await processes(), fetchText),
    async summary() {
      if (settings.PROMETHEUS_URL === '') return byScraping();
      try {
        const numbers = await askPrometheus(settings.PROMETHEUS_URL, fetchText);
        return { source: 'prometheus', numbers, processes: await processes() };
      } catch {
        // Prometheus is away: what this service sees by itself is better than nothing.
        return byScraping();
      }
    },
    start() {
      if (settings.PROMETHEUS_URL !== '') return;
      void look();
      timer = setInterval(() => void look(), settings.SCRAPE_INTERVAL_MS);
    },
    stop() {
      clearInterval(timer);
    },
  };
}
