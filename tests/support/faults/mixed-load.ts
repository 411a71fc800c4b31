import { Agent } from 'node:http';
import { addSubCall } from '../add-sub-call';
import { ask, type Asking, type Reply } from '../ask';
import { startCallers, type Callers } from '../callers';
import { elementsOf, inferBinary, inferJson } from '../oip-calls';
import { encodeElements } from '../shared-cases';
import { createDice, pick, type Dice } from './dice';
import { createWideModel } from './wide-model';

/** The models, besides the examples, that a mixed load calls. */
export const wide = createWideModel();
export const narrow = createWideModel(784);

/** How many requests of each kind have been answered rightly. */
export type Kinds = ReadonlyMap<string, number>;

type Post = (path: string, asking: Asking) => Promise<Reply>;

interface Asked {
  readonly url: string;
  readonly post: Post;
  readonly seed: number;
  readonly dice: Dice;
}

/** Asks once and rejects where the answer is not the right one. */
type Kind = (asked: Asked) => Promise<void>;

/** Share of each kind in a thousand; the rest is the first. */
const kinds: readonly (readonly [name: string, share: number, kind: Kind])[] = [
  ['tiny, JSON', 570, tiny],
  ['rows, FRACTAL', 150, irisRows],
  ['words, JSON and binary', 70, words],
  ['784 floats, JSON', 60, narrowJson],
  ['784 floats, binary', 60, ({ url, seed }) => relu(url, seed, true)],
  ['160 kB, binary', 30, wideBinary],
  ['160 kB, JSON', 4, wideJson],
  ['unknown model', 14, unknownModel],
  ['wrong shape', 14, wrongShape],
  ['no JSON', 14, noJson],
  ['FRACTAL, no values', 14, noValues],
];

export const kindNames: readonly string[] = kinds.map(([name]) => name);

/** Callers that ask all kinds of requests, each checked, without a pause. */
export function startMixedLoad(
  url: string,
  seed: number,
  callers = 16,
): Callers & { kinds: Kinds } {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const counts = new Map<string, number>();
  const post: Post = (path, asking) => ask(url + path, { method: 'POST', agent, ...asking });
  const all = startCallers(callers, async (number) => {
    const dice = createDice(seed + number);
    const [name, , kind] = kindAt(dice() * 1000);
    try {
      await kind({ url, post, seed: number, dice });
    } catch (error) {
      throw new Error(`${name}, request ${number}: ${reasonOf(error)}`, { cause: error });
    }
    counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  return {
    get answered() {
      return all.answered;
    },
    failures: all.failures,
    more: (count) => all.more(count),
    async stop() {
      await all.stop();
      agent.destroy();
    },
    kinds: counts,
  };
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

async function tiny({ post, seed }: Asked): Promise<void> {
  const call = addSubCall(seed);
  const wrong = call.wrong(await post('/v2/models/add-sub/infer', { body: call.body }));
  if (wrong !== undefined) throw new Error(wrong);
}

const flowers = [
  [[5.1, 3.5, 1.4, 0.2], 0],
  [[6.3, 3.3, 6, 2.5], 2],
] as const;

async function irisRows({ post, dice }: Asked): Promise<void> {
  const rows = Array.from(
    { length: 1 + Math.floor(dice() * 8) },
    () => flowers[dice() < 0.5 ? 0 : 1],
  );
  const reply = await post('/api/v1/models/iris/prediction', {
    body: { values: rows.map(([values]) => values) },
  });
  const found = JSON.parse(reply.text) as { values?: unknown };
  const wanted = rows.map(([, label]) => label);
  if (JSON.stringify(found.values) !== JSON.stringify(wanted)) throw new Error(told(reply));
}

const sentiments: Readonly<Record<string, number>> = {
  good: 0.75,
  awful: -1,
  zebra: 0,
  schön: 0.75,
};

async function words({ url, seed, dice }: Asked): Promise<void> {
  const asked = Array.from({ length: 1 + Math.floor(dice() * 20) }, () =>
    pick(dice, Object.keys(sentiments)),
  );
  const data = encodeElements('BYTES', asked);
  const infer = seed % 2 === 0 ? inferBinary : inferJson;
  const input = { name: 'word', datatype: 'BYTES', shape: [asked.length], data } as const;
  const { outputs } = await infer({ url, model: 'words', inputs: [input] });
  const found = outputs.find(({ datatype }) => datatype === 'FP32');
  const wanted = asked.map((word) => sentiments[word]);
  if (found === undefined || String(elementsOf(found)) !== String(wanted))
    throw new Error('wrong sentiments');
}

async function relu(url: string, seed: number, binary: boolean, model = 'narrow'): Promise<void> {
  const { input, output } = (model === 'wide' ? wide : narrow).call(seed);
  const infer = binary ? inferBinary : inferJson;
  const answer = await infer({ url, model, inputs: [input] });
  if (Buffer.compare(answer.outputs[0]!.data, output) !== 0) throw new Error('a wrong answer');
}

function narrowJson({ url, seed }: Asked): Promise<void> {
  return relu(url, seed, false);
}

function wideBinary({ url, seed }: Asked): Promise<void> {
  return relu(url, seed, true, 'wide');
}

function wideJson({ url, seed }: Asked): Promise<void> {
  return relu(url, seed, false, 'wide');
}

function expectRefusal(reply: Reply, status: number, code: string): void {
  const found = reply.status === status && reply.text.includes(`"code":"${code}"`);
  if (!found) throw new Error(`wanted ${status} ${code}, came ${told(reply)}`);
}

function told({ status, text }: Reply): string {
  return `${status} ${text.slice(0, 300)}`;
}

async function unknownModel({ post, seed }: Asked): Promise<void> {
  const { body } = addSubCall(seed);
  expectRefusal(await post('/v2/models/nobody/infer', { body }), 404, 'unknown_model');
}

async function wrongShape({ post }: Asked): Promise<void> {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [3], data: [1, 2, 3] }];
  expectRefusal(
    await post('/v2/models/narrow/infer', { body: { inputs } }),
    400,
    'invalid_request',
  );
}

async function noJson({ post }: Asked): Promise<void> {
  expectRefusal(
    await post('/v2/models/add-sub/infer', { body: 'no object' }),
    400,
    'invalid_request',
  );
}

async function noValues({ post }: Asked): Promise<void> {
  expectRefusal(await post('/api/v1/models/iris/prediction', { body: {} }), 422, 'invalid_request');
}
