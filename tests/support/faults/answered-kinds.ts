import { addSubCall, workedOutAddSub } from '../add-sub-call';
import { elementsOf, inferBinary, inferJson } from '../oip-calls';
import type { WorkedOut } from '../runtime-agrees';
import { encodeElements, tensorOf } from '../shared-cases';
import { pick } from './dice';
import type { Asked, Kind } from './request-kind';
import { createWideModel, type WideModel } from './wide-model';

/** Models that answer relu of what they are asked, by name. */
export const reluModels = {
  narrow: createWideModel(784),
  wide: createWideModel(),
  huge: createWideModel(150_528),
} as const satisfies Readonly<Record<string, WideModel>>;

export type ReluModel = keyof typeof reluModels;

export async function tiny({ post, seed }: Asked): Promise<void> {
  const call = addSubCall(seed);
  const wrong = call.wrong(await post('/v2/models/add-sub/infer', { body: call.body }));
  if (wrong !== undefined) throw new Error(wrong);
}

/** From 1, the most urgent, to beyond 9, where all are equal. */
export async function urgent({ post, seed, dice }: Asked): Promise<void> {
  const call = addSubCall(seed);
  const parameters = { priority: 1 + Math.floor(dice() * 12) };
  const reply = await post('/v2/models/add-sub/infer', { body: { ...call.body, parameters } });
  const wrong = call.wrong(reply);
  if (wrong !== undefined) throw new Error(wrong);
}

const flowers = [
  [[5.1, 3.5, 1.4, 0.2], 0],
  [[6.3, 3.3, 6, 2.5], 2],
] as const;

export async function irisRows({ post, dice }: Asked): Promise<void> {
  const rows = Array.from(
    { length: 1 + Math.floor(dice() * 8) },
    () => flowers[dice() < 0.5 ? 0 : 1],
  );
  const reply = await post('/api/v1/models/iris/prediction', {
    body: { values: rows.map(([values]) => values) },
  });
  const found = JSON.parse(reply.text) as { values?: unknown };
  const wanted = rows.map(([, label]) => label);
  if (JSON.stringify(found.values) !== JSON.stringify(wanted))
    throw new Error(`${reply.status} ${reply.text.slice(0, 300)}`);
}

const sentiments: Readonly<Record<string, number>> = {
  good: 0.75,
  awful: -1,
  zebra: 0,
  schön: 0.75,
};

export async function words({ url, seed, dice }: Asked): Promise<void> {
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

/** Asks one of the relu models, `seed` says what. */
export function relu(model: ReluModel, infer: typeof inferBinary): Kind {
  return async ({ url, seed }) => {
    const { input, output } = reluModels[model].call(seed);
    const { outputs } = await infer({ url, model, inputs: [input] });
    if (Buffer.compare(outputs[0]!.data, output) !== 0) throw new Error('a wrong answer');
  };
}

/** Calls of all these kinds, to be compared with the runtime's own. */
export function workedOut(): readonly WorkedOut[] {
  const values = flowers.flatMap(([flower]) => flower);
  const labels = flowers.map(([, label]) => label);
  const asked = Object.keys(sentiments);
  return [
    ...workedOutAddSub(),
    {
      model: 'examples/models/iris/1/model.onnx',
      inputs: [tensorOf('features', 'FP32', [flowers.length, 4], values)],
      outputs: [tensorOf('label', 'INT64', [flowers.length], labels)],
    },
    {
      model: 'examples/models/words/1/model.onnx',
      inputs: [tensorOf('word', 'BYTES', [asked.length], asked)],
      outputs: [tensorOf('sentiment', 'FP32', [asked.length], Object.values(sentiments))],
    },
    ...Object.values(reluModels).map((model) => {
      const { input, output } = model.call(7);
      return {
        model: model.file,
        inputs: [input],
        outputs: [{ ...input, name: 'y', data: output }],
      };
    }),
  ];
}
