import { isJsonObject, shown, type JsonObject } from '../../exact-json/json-value';
import type { Exchange } from '../../exchange';
import { wrong } from './call-body';

/** How a call is wrapped in a CloudEvent: not at all, by headers around its body, or as a whole. */
export type EventForm = 'none' | 'binary' | 'structured';

const structuredType = 'application/cloudevents+json';
const required = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'] as const;

export function eventForm(exchange: Exchange): EventForm {
  if (exchange.header('content-type')?.toLowerCase().startsWith(structuredType) === true) {
    return 'structured';
  }
  if (exchange.header('ce-specversion') === undefined) return 'none';
  return required.every((name) => exchange.header(name) !== undefined) ? 'binary' : 'none';
}

/** The call inside a structured event. Throws invalid_request. */
export function eventData(event: JsonObject): JsonObject {
  for (const name of ['specversion', 'id', 'source', 'type']) {
    if (typeof event[name] === 'string') continue;
    throw wrong(`The event: wanted a string as '${name}', got ${shown(event[name])}.`);
  }
  const { data } = event;
  if (isJsonObject(data)) return data;
  throw wrong(`The event: wanted an object as 'data', got ${shown(data)}.`);
}

/** What makes an answer an event. */
export interface EventStamp {
  readonly model: string;
  readonly id: string;
  readonly time: Date;
}

export interface EventAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer, JSON text, in the form of the call. */
export function inEvent(form: EventForm, json: string, stamp: EventStamp): EventAnswer {
  if (form === 'none') return { headers: { 'content-type': 'application/json' }, body: json };
  const attributes = attributesOf(stamp);
  if (form === 'binary') {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    for (const [name, value] of Object.entries(attributes)) headers[`ce-${name}`] = value;
    return { headers, body: json };
  }
  const head = JSON.stringify(attributes).slice(0, -1);
  return { headers: { 'content-type': structuredType }, body: `${head},"data":${json}}` };
}

/** The words that KServe uses. */
function attributesOf({ model, id, time }: EventStamp): Readonly<Record<string, string>> {
  return {
    specversion: '1.0',
    id,
    source: `io.kserve.inference.${model}`,
    type: 'io.kserve.inference.response',
    time: time.toISOString(),
  };
}
