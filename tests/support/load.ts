import { Agent } from 'node:http';
import { addSubDisagreements, askAddSub } from './add-sub-call';
import { startCallers, type Callers } from './callers';
import { eventually } from './processes';

/** Callers that ask one time after the other, each over its own kept connection, and check every answer. */
export interface Load extends Callers {
  /** Right answers by the id of the modelhost that gave them. */
  readonly byHost: ReadonlyMap<string, number>;
  /** Resolves when so many more have been answered by this modelhost. */
  moreBy(host: string, count: number): Promise<void>;
}

export interface LoadOptions {
  readonly callers?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Puts the example `add-sub` of the cluster at `url` under load; ends with `stopCallers`, too. */
export function startLoad(url: string, options: LoadOptions = {}): Load {
  const { callers: count = 8, headers = {} } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const byHost = new Map<string, number>();
  async function call(seed: number): Promise<void> {
    const { headers: answer } = await askAddSub(url, seed, { agent, headers });
    const host = String(answer['shoal-modelhost']);
    byHost.set(host, (byHost.get(host) ?? 0) + 1);
  }
  const callers = startCallers(count, call, { first: addSubDisagreements });
  return {
    get answered() {
      return callers.answered;
    },
    failures: callers.failures,
    byHost,
    more: (wanted) => callers.more(wanted),
    async moreBy(host, wanted) {
      const by = (): number => byHost.get(host) ?? 0;
      const enough = by() + wanted;
      await eventually(
        `${wanted} more answers by ${host}`,
        () => by() >= enough || undefined,
        60_000,
      );
    },
    async stop() {
      const said = await callers.stop();
      agent.destroy();
      return said;
    },
  };
}
