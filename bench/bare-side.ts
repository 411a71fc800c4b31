import type { BareAnswer, BareInput, BareQuestion } from './bare/question';
import type { BenchChild } from './child';
import { median, type Figures } from './figures';
import type { Side } from './sides';

export type BareChild = BenchChild<BareQuestion, BareAnswer>;

/** What the children are to run. */
export interface BareWork {
  readonly file: string;
  readonly inputs: readonly BareInput[];
  readonly rows: number;
  /** Idle time before each run, in milliseconds; none where it is not said. */
  readonly restMs?: number;
}

/**
 * The runtime in as many processes as there are children, each running the same model as fast as
 * it can; they are loaded anew before each measurement, as other sides use them in between.
 */
export function bareSide(name: string, children: readonly BareChild[], work: BareWork): Side {
  return {
    name,
    measure: async (seconds) => {
      const load = { load: work.file, inputs: work.inputs };
      await Promise.all(children.map((child) => child.ask(load)));
      const run = (runForSeconds: number): Promise<BareAnswer[]> =>
        Promise.all(
          children.map((child) => child.ask({ runForSeconds, restMs: work.restMs ?? 0 })),
        );
      await run(settleSeconds);
      const answers = await run(seconds);
      return together(answers, work.rows);
    },
  };
}

/** The first runs of a session are slower than all others. */
const settleSeconds = 0.2;

function together(answers: readonly BareAnswer[], rows: number): Figures {
  const requestsPerSecond = answers.reduce((sum, { runs, seconds }) => sum + runs / seconds, 0);
  return {
    requestsPerSecond,
    rowsPerSecond: requestsPerSecond * rows,
    p50Ms: median(answers.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...answers.map(({ p99Ms }) => p99Ms)),
    cpuUs: { bare: median(answers.map(({ cpuUs, runs }) => cpuUs / runs)) },
    kernelUs: {},
    copiedBytes: {},
    calls: {},
    residentBytes: {},
    rowsPerBatch: rows,
  };
}
