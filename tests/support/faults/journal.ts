/** What a fault program did and saw, in order, to be shown at its end. */
export interface Journal {
  note(line: string): void;
  /** Writes everything to where Jest says what has failed. */
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
      process.stderr.write(`${lines.join('\n')}\n`);
    },
  };
}

/**
 * A journal of each test's own, titled as the test is, printed when the test and the afterEach of
 * its describe have ended: for the top of a file.
 */
export function journalOfEachTest(seed?: number): Pick<Journal, 'note'> {
  let journal: Journal | undefined;
  beforeEach(() => {
    journal = createJournal(expect.getState().currentTestName ?? '', seed);
  });
  afterEach(() => {
    journal?.print();
  });
  return { note: (line) => journal?.note(line) };
}
