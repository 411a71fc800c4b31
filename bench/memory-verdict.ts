import { median, slope } from './figures';

/** Resident bytes by name of the process, so many seconds after the start. */
export interface MemorySample {
  readonly seconds: number;
  readonly residentBytes: Readonly<Record<string, number>>;
}

/** How the memory of one process went. */
export interface MemoryVerdict {
  readonly process: string;
  /** Medians of the two halves of the time after warming up. */
  readonly firstBytes: number;
  readonly secondBytes: number;
  readonly growthPercent: number;
  /** Of the line of least squares through all samples after warming up. */
  readonly bytesPerSecond: number;
  /** Whether the second half's median is at most the allowed growth above the first half's. */
  readonly flat: boolean;
}

/** This share of the samples is warming up: code is compiled, heaps find their size. */
const warmupShare = 0.2;

/** One verdict per process that ran to the end; processes with fewer than 4 samples have none. */
export function judgeMemory(
  samples: readonly MemorySample[],
  flatPercent: number,
): readonly MemoryVerdict[] {
  const warm = samples.slice(Math.floor(samples.length * warmupShare));
  return Object.keys(samples.at(-1)?.residentBytes ?? {}).flatMap((process) => {
    const points = warm.flatMap(({ seconds, residentBytes }) => {
      const bytes = residentBytes[process];
      return bytes === undefined ? [] : [[seconds, bytes] as const];
    });
    return points.length < 4 ? [] : [judge(process, points, flatPercent)];
  });
}

function judge(
  process: string,
  points: readonly (readonly [seconds: number, bytes: number])[],
  flatPercent: number,
): MemoryVerdict {
  const half = Math.floor(points.length / 2);
  const firstBytes = median(points.slice(0, half).map(([, bytes]) => bytes));
  const secondBytes = median(points.slice(half).map(([, bytes]) => bytes));
  const growthPercent = (secondBytes / firstBytes - 1) * 100;
  return {
    process,
    firstBytes,
    secondBytes,
    growthPercent,
    bytesPerSecond: slope(points),
    flat: growthPercent <= flatPercent,
  };
}
