import { Buckets } from './buckets';
import {
  writeFamilies,
  writeInTurns,
  type ExpositionFormat,
  type Family,
  type Sample,
} from './exposition';
import { goneFrom, type ServedModel } from './gone';
import { createCpuUsage, createProcessMetrics } from './process-metrics';
import { one, RequestMetrics } from './request-metrics';
import { tritonFamilies } from './triton';
import {
  vocabulary,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricName,
  type MetricRow,
} from './vocabulary';

export type Role = 'inferrer' | 'modelhost' | 'metrics';

/** Values of a gauge at this moment, by labels. */
export type GaugeReading<Name extends GaugeName> = Iterable<
  readonly [labels: LabelsOf<Name>, value: number]
>;

export interface MetricsOf {
  readonly role: Role;
  readonly version: string;
  /** Added to every sample. */
  readonly constantLabels?: Readonly<Record<string, string>>;
}

type Labels = Readonly<Record<string, string>>;

/** All metrics of one process. Names and labels are those of the vocabulary. */
export class Metrics {
  /** For the HTTP server and the spine: the hot path. */
  readonly requests = new RequestMetrics();
  readonly #constantLabels: Labels;
  readonly #counters = new Map<string, Map<string, { labels: Labels; value: number }>>();
  readonly #histograms = new Map<string, Map<string, { labels: Labels; buckets: Buckets }>>();
  readonly #gauges = new Map<string, () => Iterable<readonly [Labels, number]>>();
  readonly #readProcess = createProcessMetrics();
  #served: (() => readonly ServedModel[]) | undefined;

  constructor(about: MetricsOf) {
    this.#constantLabels = about.constantLabels ?? {};
    const build = { version: about.version, role: about.role, node: process.versions.node };
    this.gauge('shoal_build_info', () => [[build, 1]]);
    const cpuUs = (): number => {
      const { user, system } = process.cpuUsage();
      return user + system;
    };
    const cpuUsage = createCpuUsage(cpuUs, () => performance.now());
    this.gauge('cpu_usage', () => [[{}, cpuUsage()]]);
  }

  /** Raises a counter of things that happen a few times per request at most. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    const entry = entryOf(this.#counters, name, labels, () => ({ labels, value: 0 }));
    entry.value += by;
  }

  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void {
    const bounds = vocabulary[name].buckets;
    const entry = entryOf(this.#histograms, name, labels, () => ({
      labels,
      buckets: new Buckets(bounds),
    }));
    entry.buckets.observe(value);
  }

  /** Has a gauge read at each scrape; a later call for the same name replaces the reader. */
  gauge<Name extends GaugeName>(name: Name, read: () => GaugeReading<Name>): void {
    this.#gauges.set(name, read);
  }

  /** What is there from now on: series of models and versions that are gone end with the next scrape. */
  follow(served: () => readonly ServedModel[]): void {
    this.#served = served;
  }

  /** The text for Prometheus; requests that come meanwhile do not wait for the end of it. */
  async write(format: ExpositionFormat): Promise<string> {
    this.#forgetGone();
    const ofProcess = await this.#readProcess();
    const families = [...this.#families(), ...ofProcess];
    return await writeInTurns(families, format, this.#constantLabels);
  }

  /** Triton's names, in text 0.0.4. */
  writeTriton(): string {
    this.#forgetGone();
    const models = [...this.requests.models()].filter(({ model }) => model !== '');
    return writeFamilies(tritonFamilies(models), 'text', this.#constantLabels);
  }

  #forgetGone(): void {
    if (this.#served === undefined) return;
    const gone = goneFrom(this.#served());
    this.requests.forget(gone);
    for (const entries of [...this.#counters.values(), ...this.#histograms.values()]) {
      for (const [key, { labels }] of entries) if (gone(labels)) entries.delete(key);
    }
  }

  #families(): Family<Iterable<Sample>>[] {
    const counted = this.requests.samples();
    return Object.entries<MetricRow>(vocabulary).map(([name, { help, type }]) => ({
      name,
      help,
      type,
      samples: counted[name as MetricName] ?? this.#samplesOf(name, type),
    }));
  }

  #samplesOf(name: string, type: MetricRow['type']): Sample[] {
    switch (type) {
      case 'counter':
        return [...(this.#counters.get(name)?.values() ?? [])].map(({ labels, value }) =>
          one(labels, value),
        );
      case 'gauge':
        return [...(this.#gauges.get(name)?.() ?? [])].map(([labels, value]) => one(labels, value));
      case 'histogram':
        return [...(this.#histograms.get(name)?.values() ?? [])].flatMap(({ labels, buckets }) =>
          buckets.samples(labels),
        );
    }
  }
}

/** Bounds the series of one metric, whatever its labels are made of. */
const mostSeries = 2000;

function entryOf<Entry>(
  all: Map<string, Map<string, Entry>>,
  name: string,
  labels: Labels,
  make: () => Entry,
): Entry {
  let entries = all.get(name);
  if (entries === undefined) all.set(name, (entries = new Map<string, Entry>()));
  const key = Object.values(labels).join('\0');
  let entry = entries.get(key);
  if (entry === undefined) {
    entry = make();
    if (entries.size < mostSeries) entries.set(key, entry);
  }
  return entry;
}
