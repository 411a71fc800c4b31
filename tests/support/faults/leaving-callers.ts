import { addSubCall } from '../add-sub-call';
import { eventually } from '../processes';
import { watchStalls } from '../stalls';
import { BrokenConnection, createStrictCaller } from './strict-caller';

/**
 * Callers that ask without a pause, each over a connection of its own, until an answer tells them
 * that the connection is closed with it: what a client does whose server leaves in good order. Then
 * each asks on a new connection, which has to be refused.
 */
export interface LeavingCallers {
  /** Wrong answers, requests that the connection broke off, new connections that were taken. */
  readonly failures: readonly string[];
  /** Resolves when so many more have been answered. */
  more(count: number): Promise<void>;
  /**
   * Resolves when no caller asks any more; true: all were told, and nothing has failed. This
   * process may have slept longer than a server leaves a connection idle to tell its caller: who
   * asks on it after that finds it closed, counts as told, and asks anew as any client does.
   */
  allTold(): Promise<boolean>;
}

/** Asks once; resolves with the answer's header `connection`, rejects with what is wrong. */
export type AskOnce = (seed: number) => Promise<string | undefined>;

/** Half of what a server that stops leaves a connection idle. */
const sleptMs = 250;

export function startLeavingCallers(count: number, createCaller: () => AskOnce): LeavingCallers {
  const failures: string[] = [];
  const stalls = watchStalls();
  let [answered, told, seed, asking] = [0, 0, 0, count];

  /** Asks until it is told; false where it was not. */
  async function untilTold(): Promise<boolean> {
    const ask = createCaller();
    let [before, asked] = [0, performance.now()];
    try {
      for (let connection: string | undefined; connection !== 'close'; answered += 1) {
        [before, asked] = [asked, performance.now()];
        connection = (await ask(++seed))?.toLowerCase();
      }
      return true;
    } catch (error) {
      const idle = error instanceof BrokenConnection && error.reused;
      if (idle && stalls.longestSince(before) > sleptMs) return true;
      failures.push((error as Error).message);
      return false;
    }
  }

  async function caller(): Promise<void> {
    if (await untilTold()) {
      told += 1;
      const code = await createCaller()(++seed).then(
        () => 'an answer on a new connection',
        (error: unknown) => (error as { code?: string }).code ?? String(error),
      );
      if (code !== 'ECONNREFUSED') failures.push(`after it was told: ${code}`);
    }
    asking -= 1;
    if (asking === 0) stalls.stop();
  }

  for (let number = 0; number < count; number += 1) void caller();
  return {
    failures,
    async more(wanted) {
      const enough = answered + wanted;
      await eventually(`${wanted} more answers`, () => answered >= enough || undefined, 60_000);
    },
    async allTold() {
      await eventually('nobody asks any more', () => asking === 0 || undefined, 60_000);
      return told === count && failures.length === 0;
    },
  };
}

/** Callers of the example `add-sub`, every byte of whose connections is accounted for. */
export function addSubCallers(url: string, count = 8): LeavingCallers {
  const { port, pathname } = new URL(url);
  const path = `${pathname.replace(/\/$/, '')}/v2/models/add-sub/infer`;
  return startLeavingCallers(count, () => {
    const connection = createStrictCaller(Number(port));
    return async (seed) => {
      const call = addSubCall(seed);
      const answer = await connection.post(path, JSON.stringify(call.body));
      const wrong = call.wrong({ ...answer, headers: {} });
      if (wrong !== undefined) throw new Error(wrong);
      return answer.headers.get('connection');
    };
  });
}

/** Callers of everything that a metrics service has scraped. */
export function scrapers(url: string, count = 4): LeavingCallers {
  return startLeavingCallers(count, () => {
    const connection = createStrictCaller(Number(new URL(url).port));
    return async () => {
      const { status, text, headers } = await connection.get('/metrics/cluster');
      const whole = status === 200 && text.includes('shoal_requests_total');
      if (!whole) throw new Error(`${status} ${text.slice(0, 200)}`);
      return headers.get('connection');
    };
  });
}
