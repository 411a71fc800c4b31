import { readdirSync, readFileSync } from 'node:fs';

/** What a process held, at one moment or in the middle of several. */
export interface ProcessSample {
  readonly residentBytes: number;
  readonly descriptors: number;
}

/** A process that was there nearly all the time. */
export interface Trend {
  readonly name: string;
  /** Medians of the two halves of the time after warming up. */
  readonly early: ProcessSample;
  readonly late: ProcessSample;
}

const pageBytes = 4096;

/** This share of the looks is warming up: code is compiled, heaps find their size. */
const warmupShare = 0.2;

/** What processes hold, look by look; each is followed by itself, by its process id. */
export class ProcessSamples {
  readonly #series = new Map<string, { name: string; samples: ProcessSample[] }>();
  #looks = 0;

  /** One entry for each process that there is at the moment: its name, and its id. */
  look(processes: readonly (readonly [name: string, pid: number])[]): void {
    this.#looks += 1;
    for (const [name, pid] of processes) {
      const sample = sampleOf(pid);
      if (sample === undefined) continue;
      const key = `${name} ${pid}`;
      const series = this.#series.get(key) ?? { name, samples: [] };
      series.samples.push(sample);
      this.#series.set(key, series);
    }
  }

  /** Of those that were there at nine looks of ten. */
  trends(): Trend[] {
    return [...this.#series.values()]
      .filter(({ samples }) => samples.length >= 0.9 * this.#looks)
      .map(({ name, samples }) => {
        const warm = samples.slice(Math.floor(samples.length * warmupShare));
        const half = Math.floor(warm.length / 2);
        return { name, early: median(warm.slice(0, half)), late: median(warm.slice(half)) };
      });
  }
}

function sampleOf(pid: number): ProcessSample | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    return { residentBytes: pages * pageBytes, descriptors };
  } catch {
    return undefined;
  }
}

function median(samples: readonly ProcessSample[]): ProcessSample {
  const middle = (of: (sample: ProcessSample) => number): number =>
    samples.map(of).sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
  return {
    residentBytes: middle(({ residentBytes }) => residentBytes),
    descriptors: middle(({ descriptors }) => descriptors),
  };
}
