import { ask, type Asking, type Reply } from './ask';

/** A request to the example `add-sub` whose answer is known: sum and difference of its numbers. */
export interface AddSubCall {
  readonly body: object;
  /** What is wrong with the answer, or nothing. */
  wrong(reply: Reply): string | undefined;
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
  return {
    body: { inputs: [input('INPUT0', left), input('INPUT1', right)] },
    wrong(reply) {
      if (reply.status !== 200) return `${reply.status} ${reply.text}`;
      const { outputs } = JSON.parse(reply.text) as { outputs: { name: string; data: number[] }[] };
      const of = (name: string): string => String(outputs.find((one) => one.name === name)?.data);
      const sum = left.map((value, index) => value + right[index]!);
      const difference = left.map((value, index) => value - right[index]!);
      const right_ = of('OUTPUT0') === String(sum) && of('OUTPUT1') === String(difference);
      return right_ ? undefined : `wrong answer ${reply.text} to ${JSON.stringify(this.body)}`;
    },
  };
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
