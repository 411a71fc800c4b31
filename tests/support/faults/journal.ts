/** What a fault program did and saw, in order, to be shown at its end. */
export interface Journal {
  note(line: string): void;
  /** Writes everything to the standard output. */
  print(): void;
}

/** Times are seconds since the start; the seed is given where dice were thrown. */
export function createJournal(title: string, seed?: number): Journal {
  const start = performance.now();
  const lines: string[] = [seed === undefined ? title : `${title}, SEED=${seed}`];
  return {
    note(line) {
      lines.push(`${((performance.now() - start) / 1000).toFixed(3).padStart(8)} ${line}`);
    },
    print() {
      process.stdout.write(`${lines.join('\n')}\n`);
    },
  };
}
