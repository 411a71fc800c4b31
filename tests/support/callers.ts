import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './processes';

/** Callers that call one time after the other until they are stopped. */
export interface Callers {
  /** Calls that have succeeded so far. */
  readonly answered: number;
  /** What went wrong so far, in words. */
  readonly failures: readonly string[];
  /** Resolves when so many more have succeeded. */
  more(count: number): Promise<void>;
  /** Lets each caller finish its call; says what there was. */
  stop(): Promise<string>;
}

export interface CallersOptions {
  /** The pace of each caller: how long it rests after a call; `usualRestMs` where it is not said. */
  readonly restMs?: number;
  /** Comes before the first call; resolves with what is wrong from the beginning. */
  readonly first?: () => Promise<readonly string[]>;
}

/**
 * A rest for callers whose number of calls does not matter: some are under way at any time, and most of
 * the machine is left to what the test is about, which takes several times as long without.
 */
export const usualRestMs = 50;

const running = new Set<Callers>();

/** Starts `count` callers; `call` rejects with what is wrong, and gets a different seed each time. */
export function startCallers(
  count: number,
  call: (seed: number) => Promise<void>,
  { restMs = usualRestMs, first }: CallersOptions = {},
): Callers {
  const failures: string[] = [];
  let [answered, seed, stopped] = [0, 0, false];
  const ready = first?.().then((found) => failures.push(...found));
  async function caller(): Promise<void> {
    await ready;
    while (!stopped) {
      try {
        await call(++seed);
        answered += 1;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
      if (restMs > 0) await pause(restMs);
    }
  }
  const all = Promise.all(Array.from({ length: count }, caller));
  const callers: Callers = {
    get answered() {
      return answered;
    },
    failures,
    async more(wanted) {
      const enough = answered + wanted;
      await eventually(`${wanted} more answers`, () => answered >= enough || undefined, 60_000);
    },
    async stop() {
      stopped = true;
      running.delete(callers);
      await all;
      return `${answered} right answers, ${failures.length} failures`;
    },
  };
  running.add(callers);
  return callers;
}

/** For afterEach: stops the callers that a test which failed has left. */
export async function stopCallers(): Promise<void> {
  await Promise.all([...running].map((callers) => callers.stop()));
}
