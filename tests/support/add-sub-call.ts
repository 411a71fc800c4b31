import type { Tensor } from '../../protocol/tensor';
import { ask, type Asking, type Reply } from './ask';
import { disagreements, type WorkedOut } from './runtime-agrees';
import { encodeElements } from './shared-cases';

/** A request to the example `add-sub` whose answer is known: sum and difference of its numbers. */
export interface AddSubCall {
  readonly body: object;
  /** What is wrong with the answer, or nothing. */
  wrong(reply: Reply): string | undefined;
  /** The same, to be compared with the runtime's own. */
  workedOut(): WorkedOut;
}

/** Different numbers for different seeds, so that an answer to somebody else is noticed. */
export function addSubCall(seed: number): AddSubCall {
  const left = Array.from({ length: 16 }, (_, index) => seed * 17 + index);
  const right = Array.from({ length: 16 }, (_, index) => (seed % 1009) * (index + 1));
  const input = (name: string, data: readonly number[]): object => ({
    name,
    datatype: 'INT32',
    shape: [1, 16],
    data,
  });
  const sum = (): number[] => left.map((value, index) => value + right[index]!);
  const difference = (): number[] => left.map((value, index) => value - right[index]!);
  return {
    body: { inputs: [input('INPUT0', left), input('INPUT1', right)] },
    wrong(reply) {
      if (reply.status !== 200) return `${reply.status} ${reply.text}`;
      const { outputs } = JSON.parse(reply.text) as { outputs: { name: string; data: number[] }[] };
      const of = (name: string): string => String(outputs.find((one) => one.name === name)?.data);
      const same = of('OUTPUT0') === String(sum()) && of('OUTPUT1') === String(difference());
      return same ? undefined : `wrong answer ${reply.text} to ${JSON.stringify(this.body)}`;
    },
    workedOut: () => ({
      model: 'examples/models/add-sub/1/model.onnx',
      inputs: [rowOf('INPUT0', left), rowOf('INPUT1', right)],
      outputs: [rowOf('OUTPUT0', sum()), rowOf('OUTPUT1', difference())],
    }),
  };
}

function rowOf(name: string, values: readonly number[]): Tensor {
  return { name, datatype: 'INT32', shape: [1, 16], data: encodeElements('INT32', values) };
}

/** Resolves with where the runtime's own answers are others than those calls expect. */
export function addSubDisagreements(): Promise<string[]> {
  return disagreements([1, 2, 1009, 123_457].map((seed) => addSubCall(seed).workedOut()));
}

/** Asks once, the example or a copy of it, for what follows from the seed. */
export async function askAddSub(
  url: string,
  seed: number,
  asking: Asking = {},
  model = 'add-sub',
): Promise<Reply> {
  const call = addSubCall(seed);
  const reply = await ask(`${url}/v2/models/${model}/infer`, { ...asking, body: call.body });
  const wrong = call.wrong(reply);
  if (wrong !== undefined) throw new Error(wrong);
  return reply;
}
