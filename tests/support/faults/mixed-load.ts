import { Agent } from 'node:http';
import { ask } from '../ask';
import { startCallers, type Callers } from '../callers';
import { inferBinary, inferJson } from '../oip-calls';
import { irisRows, relu, tiny, urgent, words, workedOut } from './answered-kinds';
import { disagreements } from '../runtime-agrees';
import { createDice } from './dice';
import { leaves, shortTimeout } from './impatient-kinds';
import { noJson, noValues, unknownModel, wrongShape } from './refused-kinds';
import type { Asked, Kind } from './request-kind';

/** How many requests of each kind have been answered rightly. */
export type Kinds = ReadonlyMap<string, number>;

/** Share of each kind in a thousand; the rest is the first. */
const kinds: readonly (readonly [name: string, share: number, kind: Kind])[] = [
  ['tiny, JSON', 500, tiny],
  ['priority', 30, urgent],
  ['rows, FRACTAL', 150, irisRows],
  ['words, JSON and binary', 70, words],
  ['784 floats, JSON', 60, relu('narrow', inferJson)],
  ['784 floats, binary', 60, relu('narrow', inferBinary)],
  ['160 kB, binary', 25, relu('wide', inferBinary)],
  ['160 kB, JSON', 4, relu('wide', inferJson)],
  ['600 kB, binary', 5, relu('huge', inferBinary)],
  ['short timeout', 20, shortTimeout],
  ['leaves', 20, leaves],
  ['unknown model', 14, unknownModel],
  ['wrong shape', 14, wrongShape],
  ['no JSON', 14, noJson],
  ['FRACTAL, no values', 14, noValues],
];

/** What each kind ends in that may end in several ways, each of which has to come. */
const ends: Readonly<Record<string, readonly string[]>> = {
  'short timeout': ['in time', 'too late'],
  leaves: ['before the answer', 'after the answer'],
};

/** What has to be counted; others may come too. */
export const kindNames: readonly string[] = kinds.flatMap(([name]) =>
  (ends[name] ?? [undefined]).map((end) => named(name, end)),
);

export interface MixedLoad extends Callers {
  readonly kinds: Kinds;
  /** What has no answer yet, and for how long. */
  waiting(): readonly string[];
}

/**
 * Callers that ask all kinds of requests, each checked, without a pause. What the answers must be is
 * compared with the runtime's own first; where that differs, it is a failure.
 */
export function startMixedLoad(url: string, seed: number, callers = 16): MixedLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const counts = new Map<string, number>();
  const waiting = new Map<number, { name: string; since: number }>();
  const post: Asked['post'] = (path, asking) =>
    ask(url + path, { method: 'POST', agent, ...asking });
  const all = startCallers(callers, call, {
    restMs: 0,
    first: () => disagreements(workedOut()),
  });
  async function call(number: number): Promise<void> {
    const dice = createDice(seed + number);
    const [name, , kind] = kindAt(dice() * 1000);
    waiting.set(number, { name, since: performance.now() });
    try {
      const counted = named(name, await kind({ url, agent, post, seed: number, dice }));
      counts.set(counted, (counts.get(counted) ?? 0) + 1);
    } catch (error) {
      throw new Error(`${name}, request ${number}: ${reasonOf(error)}`, { cause: error });
    } finally {
      waiting.delete(number);
    }
  }
  return {
    get answered() {
      return all.answered;
    },
    failures: all.failures,
    more: (count) => all.more(count),
    async stop() {
      const said = await all.stop();
      agent.destroy();
      return said;
    },
    kinds: counts,
    waiting: () =>
      [...waiting].map(([number, { name, since }]) => {
        return `${name}, request ${number}: ${Math.round(performance.now() - since)} ms`;
      }),
  };
}

function named(kind: string, end: unknown): string {
  return typeof end === 'string' ? `${kind}: ${end}` : kind;
}

function kindAt(point: number): (typeof kinds)[number] {
  let sum = 0;
  return kinds.find(([, share]) => (sum += share) > point) ?? kinds[0]!;
}

/** fetch tells why it failed in the cause only. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
