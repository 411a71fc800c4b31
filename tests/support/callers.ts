import { eventually } from './processes';

/** Callers that call without a pause until they are stopped. */
export interface Callers {
  /** Calls that have succeeded so far. */
  readonly answered: number;
  /** What went wrong so far, in words. */
  readonly failures: readonly string[];
  /** Resolves when so many more have succeeded. */
  more(count: number): Promise<void>;
  /** Lets each caller finish its call. */
  stop(): Promise<void>;
}

/** Starts `count` callers; `call` rejects with what is wrong, and gets a different seed each time. */
export function startCallers(count: number, call: (seed: number) => Promise<void>): Callers {
  const failures: string[] = [];
  let [answered, seed, stopped] = [0, 0, false];
  async function caller(): Promise<void> {
    while (!stopped) {
      try {
        await call(++seed);
        answered += 1;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
  const all = Promise.all(Array.from({ length: count }, caller));
  return {
    get answered() {
      return answered;
    },
    failures,
    async more(wanted) {
      const enough = answered + wanted;
      await eventually(`${wanted} more answers`, () => answered >= enough || undefined);
    },
    async stop() {
      stopped = true;
      await all;
    },
  };
}
