import { addSubCall } from '../add-sub-call';
import { eventually } from '../processes';
import { createStrictCaller } from './strict-caller';

/**
 * Callers that ask without a pause, each over a connection of its own, until an answer tells them
 * that the connection is closed with it: what a client does whose server leaves in good order.
 */
export interface LeavingCallers {
  /** Wrong answers, and requests that the connection broke off. */
  readonly failures: readonly string[];
  /** Resolves when so many more have been answered. */
  more(count: number): Promise<void>;
  /** Resolves when no caller asks any more; true: told, all of them, and nothing has failed. */
  allTold(): Promise<boolean>;
}

/** Asks once; resolves with the answer's header `connection`, rejects with what is wrong. */
export type AskOnce = (seed: number) => Promise<string | undefined>;

export function startLeavingCallers(count: number, createCaller: () => AskOnce): LeavingCallers {
  const failures: string[] = [];
  let [answered, told, seed, asking] = [0, 0, 0, count];
  async function caller(): Promise<void> {
    const ask = createCaller();
    try {
      for (let connection: string | undefined; connection !== 'close'; answered += 1) {
        connection = (await ask(++seed))?.toLowerCase();
      }
      told += 1;
    } catch (error) {
      failures.push((error as Error).message);
    } finally {
      asking -= 1;
    }
  }
  for (let number = 0; number < count; number += 1) void caller();
  return {
    failures,
    async more(wanted) {
      const enough = answered + wanted;
      await eventually(`${wanted} more answers`, () => answered >= enough || undefined);
    },
    async allTold() {
      await eventually('nobody asks any more', () => asking === 0 || undefined);
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
