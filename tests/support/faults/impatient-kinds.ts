import { addSubCall } from '../add-sub-call';
import { binaryRequest } from '../oip-calls';
import { reluModels, type ReluModel } from './answered-kinds';
import { askInHaste } from './hasty-caller';
import { expectRefusal } from './refused-kinds';
import { someMs, type Asked } from './request-kind';

/** Says how long it waits, in one of the two ways. */
export async function shortTimeout({ post, seed, dice }: Asked): Promise<string> {
  const call = addSubCall(seed);
  const ms = someMs(dice);
  const reply = await post(
    '/v2/models/add-sub/infer',
    dice() < 0.5
      ? { body: call.body, headers: { 'shoal-timeout-ms': String(ms) } }
      : { body: { ...call.body, parameters: { timeout: ms * 1000 } } },
  );
  if (reply.status === 503) {
    expectRefusal(reply, 503, 'overloaded');
    return 'refused at once';
  }
  if (reply.status === 504) {
    expectRefusal(reply, 504, 'deadline_exceeded');
    return 'too late';
  }
  const wrong = call.wrong(reply);
  if (wrong !== undefined) throw new Error(wrong);
  return 'in time';
}

/** Goes away after a while: while the body is sent, before the answer, in the middle of it. */
export function leaves(asked: Asked): Promise<string> {
  const size = asked.dice();
  if (size < 0.1) return leavesRelu('huge', asked);
  return size < 0.3 ? leavesRelu('wide', asked) : leavesTiny(asked);
}

async function leavesTiny({ url, agent, seed, dice }: Asked): Promise<string> {
  const call = addSubCall(seed);
  const answer = await askInHaste({
    url: `${url}/v2/models/add-sub/infer`,
    body: Buffer.from(JSON.stringify(call.body)),
    agent,
    leavesAfterMs: someMs(dice),
  });
  if (answer === undefined) return 'before the answer';
  const wrong = call.wrong({ ...answer, headers: {}, text: answer.bytes.toString() });
  if (wrong !== undefined) throw new Error(wrong);
  return 'after the answer';
}

/** Whose output is the end of the answer. */
async function leavesRelu(model: ReluModel, asked: Asked): Promise<string> {
  const { input, output } = reluModels[model].call(asked.seed);
  const answer = await askInHaste({
    url: `${asked.url}/v2/models/${model}/infer`,
    ...binaryRequest({ inputs: [input] }),
    agent: asked.agent,
    leavesAfterMs: someMs(asked.dice),
  });
  if (answer === undefined) return 'before the answer';
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.bytes.toString()}`);
  if (!answer.bytes.subarray(-output.length).equals(output)) throw new Error('a wrong answer');
  return 'after the answer';
}
