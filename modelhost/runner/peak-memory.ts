import { readFileSync, writeFileSync } from 'node:fs';

/** Makes this process's highest resident memory begin anew; of no effect where the system has none. */
export function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Elsewhere than on Linux, or not allowed: then the peak is not known.
  }
}

/** Highest resident memory since `resetPeak`, in bytes; undefined where the system does not tell. */
export function peakBytes(): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
