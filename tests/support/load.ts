import { Agent } from 'node:http';
import { askAddSub } from './add-sub-call';
import { eventually } from './processes';

/** Callers that ask without a pause, each over its own kept connection, and check every answer. */
export interface Load {
  /** Right answers so far. */
  readonly answered: number;
  /** What went wrong so far, in words. */
  readonly failures: readonly string[];
  /** Right answers by the id of the modelhost that gave them. */
  readonly byHost: ReadonlyMap<string, number>;
  /** Resolves when so many more have been answered. */
  more(count: number): Promise<void>;
  /** Resolves when so many more have been answered by this modelhost. */
  moreBy(host: string, count: number): Promise<void>;
  /** Lets the callers finish what they have asked. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly callers?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** True: a caller whose request fails does not ask again. */
  readonly untilFailure?: boolean;
}

/** Puts the example `add-sub` of the cluster at `url` under load. */
export function startLoad(url: string, options: LoadOptions = {}): Load {
  const { callers = 8, headers = {}, untilFailure = false } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const failures: string[] = [];
  const byHost = new Map<string, number>();
  let [answered, seed, stopped] = [0, 0, false];
  async function caller(): Promise<void> {
    for (let failed = false; !stopped && !(failed && untilFailure);) {
      try {
        const { headers: answer } = await askAddSub(url, ++seed, { agent, headers });
        const host = String(answer['shoal-modelhost']);
        byHost.set(host, (byHost.get(host) ?? 0) + 1);
        answered += 1;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
        failed = true;
      }
    }
  }
  const all = Promise.all(Array.from({ length: callers }, caller));
  const reached = async (what: string, count: () => number, more: number): Promise<void> => {
    const enough = count() + more;
    await eventually(`${more} more answers ${what}`, () => count() >= enough || undefined);
  };
  return {
    get answered() {
      return answered;
    },
    failures,
    byHost,
    more: (count) => reached('', () => answered, count),
    moreBy: (host, count) => reached(`by ${host}`, () => byHost.get(host) ?? 0, count),
    async stop() {
      stopped = true;
      await all;
      agent.destroy();
    },
  };
}
