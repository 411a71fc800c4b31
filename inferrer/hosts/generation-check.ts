import type { Servable } from '../../protocol/catalog';
import type { CallHost } from '../models/host-calls';
import type { KnownHost } from './host-registry';

/** One that does not say so within this time has not confirmed it. */
const answerMs = 500;

/** A question that has not been sent, and one that has. */
interface Questions {
  asked: Promise<unknown>;
  next: Promise<number | undefined> | undefined;
}

/**
 * Whether no change of the servable's model has been acknowledged before this question: a change is
 * acknowledged when all hosts act on it, so one that answers by no later generation is enough. All
 * who ask while a question is under way share the next one, which none of them has come after.
 */
export function createGenerationCheck(
  hosts: () => readonly KnownHost[],
  call: CallHost,
): (servable: Servable) => Promise<boolean> {
  const models = new Map<string, Questions>();
  let turn = 0;

  async function ask(model: string): Promise<number | undefined> {
    const able = hosts().filter(({ catalog }) =>
      catalog?.models.some(({ name }) => name === model),
    );
    const host = able[turn++ % Math.max(1, able.length)];
    if (host === undefined) return undefined;
    const path = `/cluster/generation/${model}`;
    const question = { method: 'GET', path, requestId: '', timeoutMs: answerMs } as const;
    try {
      const { status, body } = await call(host.url, question);
      const generation = body['generation'];
      return status === 200 && typeof generation === 'number' ? generation : undefined;
    } catch {
      return undefined;
    }
  }

  function shared(model: string): Promise<number | undefined> {
    const questions = models.get(model) ?? { asked: Promise.resolve(), next: undefined };
    models.set(model, questions);
    questions.next ??= questions.asked.then(() => {
      questions.next = undefined;
      const asked = ask(model);
      questions.asked = asked.then(() => {
        if (questions.next === undefined) models.delete(model);
      });
      return asked;
    });
    return questions.next;
  }

  return async ({ model, generation }) => {
    const now = await shared(model);
    return now !== undefined && now <= generation;
  };
}
