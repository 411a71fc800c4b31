import type { Family, Sample } from '../exposition';
import type { ClusterProcess } from './processes';

/** The metrics of one process, or none where it did not answer. */
export interface Scrape {
  readonly process: ClusterProcess;
  readonly families: readonly Family[] | null;
}

/**
 * All processes' metrics as one: samples of a family together, each with the labels `instance`
 * and `role`, and `up` for every process.
 */
export function mergeScrapes(scrapes: readonly Scrape[]): Family[] {
  const merged = new Map<string, Family & { samples: Sample[] }>();
  for (const { process, families } of scrapes) {
    for (const family of families ?? []) {
      const into = merged.get(family.name) ?? { ...family, samples: [] };
      merged.set(family.name, into);
      addLabelled(into.samples, family.samples, process);
    }
  }
  return [upFamily(scrapes), ...merged.values()];
}

function addLabelled(
  into: Sample[],
  samples: readonly Sample[],
  { instance, role }: ClusterProcess,
): void {
  for (const sample of samples) {
    into.push({ ...sample, labels: { instance, role, ...sample.labels } });
  }
}

function upFamily(scrapes: readonly Scrape[]): Family {
  const samples = scrapes.map(({ process: { instance, role }, families }) => ({
    suffix: '',
    labels: { instance, role },
    value: families === null ? 0 : 1,
  }));
  return { name: 'up', help: 'Whether the process answered.', type: 'gauge', samples };
}
