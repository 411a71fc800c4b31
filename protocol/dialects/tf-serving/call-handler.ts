import { performance } from 'node:perf_hooks';
import type { Catalog, Servable } from '../../catalog';
import type { ReadPicture } from '../../content/read-picture';
import type { Handler } from '../../exchange';
import type { Infer, InferResponse } from '../../infer';
import { readOrSend, type ReadLargeJson } from '../../parse-pool/large-json';
import { CallContext } from '../call-context';
import { noteAnswer } from '../note-answer';
import { modelIn } from '../open-inference/routes';
import { servableFor } from '../servable-for';
import { headerTimeoutMs } from '../timeout-header';
import { answersTo } from './alone';
import { eventForm, inEvent } from './cloud-event';
import { tensorOfPictures } from './pictures';
import type { Question, Verb } from './question';
import type { ModelRoute } from './routes';
import { questionIn, verbs } from './verbs';

export interface CallHandling {
  readonly infer: Infer;
  readonly catalog: Catalog;
  /** The time of day, for answers that are events. */
  readonly clock: () => Date;
  readonly readPicture: ReadPicture;
  /** Reads large JSON elsewhere; without it all is read here. */
  readonly readLargeJson?: ReadLargeJson;
}

const noParameters = new Map<string, never>();

/** Answers a POST of `:predict`, `:classify` or `:regress`. */
export function createCallHandler(
  { infer, catalog, clock, readPicture, readLargeJson }: CallHandling,
  route: ModelRoute,
  verb: Verb,
): Handler {
  return async (exchange) => {
    const { arrivedAt, notes } = exchange;
    const asked = { model: modelIn(route.segment), version: route.version };
    notes.model = asked.model;
    notes.version = asked.version;
    const deadline = arrivedAt + headerTimeoutMs(exchange);
    const body = await exchange.body();
    const servable = await servableFor(catalog, asked, () => deadline);
    const context = new CallContext(exchange, { arrivedAt, deadline, priority: 0 });
    notes.stages = context.stages;
    const decoding = performance.now();
    const event = eventForm(exchange);
    const form = event === 'structured' ? (`${verb} event` as const) : verb;
    const asking = { exchange, deadline, readLargeJson };
    const reading = readOrSend(form, asking, { json: body, servable }, () =>
      questionIn(verb, event, body, servable),
    );
    const read = reading instanceof Promise ? await reading : reading;
    const question = read.pictures === undefined ? read : await seen(read, servable, readPicture);
    exchange.bodyDone();
    notes.rows = question.rows;
    context.stages.decode = microsecondsSince(decoding);
    const { inputs, outputs } = question;
    const request = { ...asked, id: '', inputs, outputs, parameters: noParameters };
    const responses = await answersTo(question, request, { infer, servable, context });
    const [first] = responses as readonly [InferResponse, ...InferResponse[]];
    noteAnswer(notes, first);
    const encoding = performance.now();
    const json = verbs[verb].write(responses, question, servable);
    const stamp = { model: asked.model, id: exchange.requestId, time: clock() };
    const answer = inEvent(event, json, stamp);
    context.stages.encode = microsecondsSince(encoding);
    exchange.reply(200, { ...answer.headers, ...told(first, responses) }, answer.body);
  };
}

/** The question with the tensor that its pictures are. */
async function seen(
  question: Question,
  servable: Servable,
  readPicture: ReadPicture,
): Promise<Question> {
  const { pictures = [] } = question;
  return { ...question, inputs: [await tensorOfPictures(pictures, servable, readPicture)] };
}

function microsecondsSince(start: number): number {
  return Math.round((performance.now() - start) * 1000);
}

/** What the caller is told of who has answered. */
function told(first: InferResponse, responses: readonly InferResponse[]): Record<string, string> {
  const headers: Record<string, string> = {
    'shoal-modelhost': first.host,
    'shoal-batch-rows': String(first.batchRows),
  };
  if (responses.every(({ fromCache }) => fromCache === true)) headers['shoal-cache'] = 'hit';
  const byDefault = responses.find(({ defaultFor }) => defaultFor !== undefined);
  if (byDefault?.defaultFor !== undefined) headers['shoal-default-answer'] = byDefault.defaultFor;
  return headers;
}
