import { setTimeout as pause } from 'node:timers/promises';
import { addSubCall, addSubDisagreements } from '../add-sub-call';
import { usualRestMs } from '../callers';
import { eventually } from '../processes';
import { createStrictCaller, type StrictAnswer } from './strict-caller';

/** Callers that ask one time after the other and check each answer to the last byte. */
export interface CheckedLoad {
  /** Right answers so far. */
  readonly answered: number;
  /** Requests so far. */
  readonly asked: number;
  /** What went wrong so far, in words: errors, wrong, crossed or doubled answers. */
  readonly failures: readonly string[];
  /** Number of the newest request that this modelhost has answered; 0 for none. */
  newestBy(host: string): number;
  /** Resolves when so many more have been answered. */
  more(count: number): Promise<void>;
  /** Resolves when so many more have been answered by this modelhost. */
  moreBy(host: string, count: number): Promise<void>;
  /** Number of the oldest request that has no answer yet; numbers count up from 1. */
  oldest(): number;
  /** Milliseconds that the slowest answer since the last call of this took, or still takes. */
  slowestMs(): number;
  /** Lets the callers finish what they have asked; says what there was. */
  stop(): Promise<string>;
}

export interface CheckedLoadOptions {
  readonly callers?: number;
  /** The pace of each caller: how long it rests after an answer. */
  readonly restMs?: number;
}

/**
 * Every request of every caller has numbers, and an id, that no other has. What their answers must be is
 * compared with the runtime's own first; where that differs, it is a failure.
 */
export function startCheckedLoad(
  url: string,
  { callers = 8, restMs = usualRestMs }: CheckedLoadOptions = {},
): CheckedLoad {
  const { port, pathname } = new URL(url);
  const path = `${pathname.replace(/\/$/, '')}/v2/models/add-sub/infer`;
  const failures: string[] = [];
  const byHost = new Map<string, number>();
  const newest = new Map<string, number>();
  const began = new Map<number, number>();
  const times: number[] = [];
  let [answered, last, stopped, slowest] = [0, 0, false, 0];

  const agreed = addSubDisagreements().then((found) => failures.push(...found));

  async function caller(): Promise<void> {
    await agreed;
    const connection = createStrictCaller(Number(port));
    while (!stopped) {
      const number = ++last;
      const call = addSubCall(number);
      const started = performance.now();
      began.set(number, started);
      try {
        const body = JSON.stringify({ id: `r${number}`, ...call.body });
        const answer = await connection.post(path, body);
        const wrong = faultOf(answer, `r${number}`) ?? call.wrong({ ...answer, headers: {} });
        if (wrong !== undefined) throw new Error(wrong);
        const host = answer.headers.get('shoal-modelhost') ?? '';
        byHost.set(host, (byHost.get(host) ?? 0) + 1);
        newest.set(host, Math.max(newest.get(host) ?? 0, number));
        answered += 1;
      } catch (error) {
        const ms = Math.round(performance.now() - started);
        failures.push(`request ${number} after ${ms} ms: ${(error as Error).message}`);
      }
      began.delete(number);
      const ms = performance.now() - started;
      times.push(ms);
      slowest = Math.max(slowest, ms);
      if (restMs > 0) await pause(restMs);
    }
    connection.close();
  }

  const all = Promise.all(Array.from({ length: callers }, caller));
  const by = (host: string): number => byHost.get(host) ?? 0;
  const reached = async (what: string, count: () => number, more: number): Promise<void> => {
    const enough = count() + more;
    const ms = 60_000 + 20 * more;
    await eventually(`${more} more answers ${what}`, () => count() >= enough || undefined, ms);
  };
  return {
    get answered() {
      return answered;
    },
    get asked() {
      return last;
    },
    failures,
    oldest: () => Math.min(last + 1, ...began.keys()),
    newestBy: (host) => newest.get(host) ?? 0,
    more: (count) => reached('', () => answered, count),
    moreBy: (host, count) => reached(`by ${host}`, () => by(host), count),
    slowestMs() {
      const now = performance.now();
      const most = Math.max(slowest, ...[...began.values()].map((at) => now - at));
      slowest = 0;
      return Math.round(most);
    },
    async stop() {
      stopped = true;
      await all;
      times.sort((a, b) => a - b);
      const at = (share: number): string =>
        (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
      return (
        `${answered} right answers, ${failures.length} failures; ms: median ${at(0.5)}, ` +
        `99 % ${at(0.99)}, slowest ${(times.at(-1) ?? 0).toFixed(1)}`
      );
    },
  };
}

function faultOf(answer: StrictAnswer, id: string): string | undefined {
  if (answer.status !== 200) return `${answer.status} ${answer.text}`;
  const found = (JSON.parse(answer.text) as { id?: string }).id;
  return found === id ? undefined : `the answer to ${String(found)} was given to ${id}`;
}
