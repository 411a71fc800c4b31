import type { ErrorCode, StatusDialect } from '../../core/errors';
import { anyBytes, type Schema } from './schema';

export type Method = 'get' | 'post' | 'put' | 'delete';

/** One method of one path, as the OpenAPI document tells it. It stands beside the code that answers it. */
export interface Operation {
  /** Unique in a process; clients that are generated call it so. */
  readonly id: string;
  readonly method: Method;
  /** What varies stands in braces and is a parameter: `/v2/models/{model}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Besides those that every operation has. */
  readonly parameters?: readonly Parameter[];
  readonly body?: Body;
  /** What is answered when all goes well, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Besides those that every operation has, and every one with a body. */
  readonly errors: readonly ErrorCode[];
  readonly status: StatusDialect;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
  readonly description: string;
  readonly example?: string | number;
}

/** By content type. */
export type Content = Readonly<
  Record<string, { readonly schema: Schema; readonly example?: unknown }>
>;

export interface Body {
  readonly required: boolean;
  readonly content: Content;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Empty for an answer without a body. */
  readonly content: Content;
}

/** A body or an answer in JSON. */
export function json(schema: Schema, example?: unknown): Content {
  return { 'application/json': example === undefined ? { schema } : { schema, example } };
}

/** 200 with that JSON. */
export function answersJson(description: string, schema: Schema): Operation['answers'] {
  return { 200: { description, content: json(schema) } };
}

/** Bytes of these types. */
export function bytesOf(types: readonly string[]): Content {
  return Object.fromEntries(types.map((type) => [type, { schema: anyBytes }]));
}
