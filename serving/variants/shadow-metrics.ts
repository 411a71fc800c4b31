import type { Metrics } from '../../metrics/metrics';
import type { Catalog, ModelEntry } from '../../protocol/catalog';
import type { ObserveShadow } from './shadows';

/** Counts what became of copied requests, and tells the largest difference of each model's shadow. */
export function observeShadows(metrics: Metrics, catalog: Pick<Catalog, 'models'>): ObserveShadow {
  const largest = new LargestDifferences(catalog);
  metrics.gauge('shoal_shadow_largest_difference', () => largest.readings());
  return ({ model, version }, outcome, difference) => {
    const labels = { model, version: String(version) };
    metrics.count('shoal_shadow_requests_total', { ...labels, outcome });
    if (outcome === 'dropped' || outcome === 'lost') {
      metrics.requests.uncompared(model, String(version));
      return;
    }
    const differs = outcome === 'different' || outcome === 'failed';
    metrics.requests.compared(model, String(version), differs);
    if (difference !== Infinity) largest.note(labels, difference);
  };
}

/** Models that are remembered. */
const mostModels = 1000;

interface Labels {
  readonly model: string;
  readonly version: string;
}

interface Largest {
  readonly labels: Labels;
  /** The shadow and the default that it was measured with. */
  readonly pair: string;
  readonly difference: number;
}

/** By model; each shadow and each default begins anew. */
class LargestDifferences {
  readonly #catalog: Pick<Catalog, 'models'>;
  readonly #known = new Map<string, Largest>();

  constructor(catalog: Pick<Catalog, 'models'>) {
    this.#catalog = catalog;
  }

  note(labels: Labels, difference: number): void {
    const { model, version } = labels;
    const pair = pairOf(this.#catalog.models().find(({ name }) => name === model));
    // An answer that comes when the trial is over is about nothing any more.
    if (pair?.startsWith(`${version} `) !== true) return;
    const known = this.#known.get(model);
    if (known === undefined && !this.#hasRoom()) return;
    const sofar = known?.pair === pair ? known.difference : 0;
    this.#known.set(model, { labels, pair, difference: Math.max(sofar, difference) });
  }

  readings(): (readonly [Labels, number])[] {
    this.#forgetOver();
    return [...this.#known.values()].map(({ labels, difference }) => [labels, difference]);
  }

  #hasRoom(): boolean {
    if (this.#known.size >= mostModels) this.#forgetOver();
    return this.#known.size < mostModels;
  }

  #forgetOver(): void {
    const now = new Map(this.#catalog.models().map((entry) => [entry.name, pairOf(entry)]));
    for (const [model, { pair }] of this.#known) {
      if (now.get(model) !== pair) this.#known.delete(model);
    }
  }
}

function pairOf(entry: ModelEntry | undefined): string | undefined {
  const shadow = entry?.traffic?.shadow;
  return shadow === undefined ? undefined : `${shadow.version} ${entry?.defaultVersion}`;
}
