import type { Tensor } from '../../protocol/tensor';
import { ask, type Asking, type Reply } from './ask';
import { disagreements, type WorkedOut } from './runtime-agrees';
import { tensorOf } from './shared-cases';

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
  const row = (name: string, data: readonly number[]): Tensor =>
    tensorOf(name, 'INT32', [1, 16], data);
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
      inputs: [row('INPUT0', left), row('INPUT1', right)],
      outputs: [row('OUTPUT0', sum()), row('OUTPUT1', difference())],
    }),
  };
}

/** Some calls of it, to be compared with the runtime's own. */
export function workedOutAddSub(): readonly WorkedOut[] {
  return [1, 2, 1009, 123_457].map((seed) => addSubCall(seed).workedOut());
}

let compared: Promise<string[]> | undefined;

/**
 * Resolves with where the runtime's own answers are others than those calls expect. Compared once:
 * every load of a test file wants to know the same.
 */
export function addSubDisagreements(): Promise<string[]> {
  compared ??= disagreements(workedOutAddSub());
  return compared;
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
