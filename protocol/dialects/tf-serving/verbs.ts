import type { Servable } from '../../catalog';
import { objectOf } from './call-body';
import { eventData, type EventForm } from './cloud-event';
import { numberOutput, scoresOutput, writeClasses, writeNumbers } from './example-answer';
import { readExamples } from './example-request';
import { writePredict } from './predict-answer';
import { readPredict } from './predict-request';
import type { Operation, Question, Verb } from './question';

export const verbs: Readonly<Record<Verb, Operation>> = {
  predict: { read: readPredict, write: writePredict },
  classify: {
    read: (body, servable) => readExamples(body, servable, scoresOutput(servable)),
    write: writeClasses,
  },
  regress: {
    read: (body, servable) => readExamples(body, servable, numberOutput(servable)),
    write: writeNumbers,
  },
};

/** What a body asks, or the call in the event that it is. Throws malformed_body, invalid_request. */
export function questionIn(
  verb: Verb,
  event: EventForm,
  body: Uint8Array,
  servable: Servable,
): Question {
  const call = event === 'structured' ? eventData(objectOf(body, servable)) : body;
  return verbs[verb].read(call, servable);
}
