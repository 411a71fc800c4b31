import { checkedAs } from '../../openapi/schema';
import { defaultBody, descriptionBody, testDataBody } from './schema';

/** The description in `{"model_description": text}`. Throws invalid_request. */
export function descriptionOf(body: unknown): string {
  return checkedAs(descriptionBody, body).model_description;
}

/** The version in `{"default": n}`. Throws invalid_request. */
export function defaultOf(body: unknown): number {
  return checkedAs(defaultBody, body).default;
}

/** The items in `{"data": [...]}` as texts. Throws invalid_request, in FRACTAL's words. */
export function testDataOf(body: unknown): string[] {
  return checkedAs(testDataBody, body).data.map(String);
}
