import { checkedAs } from '../openapi/schema';
import { labelBody, trafficBody } from './schema';
import type { Traffic } from './traffic';

/** The version in `{"version": n}`. Throws invalid_request. */
export function labelledVersionOf(body: unknown): number {
  return checkedAs(labelBody, body).version;
}

/** `{"variants": [...]}`. Throws invalid_request. */
export function trafficOf(body: unknown): Traffic {
  return checkedAs(trafficBody, body);
}
