import { setImmediate as othersTurn } from 'node:timers/promises';
import { errorTable, statusOf, type ErrorCode, type StatusDialect } from '../../core/errors';
import type { Answer, Content, Operation, Parameter } from '../../protocol/openapi/operation';
import { inJson, type JsonSchema, type Schema } from '../../protocol/openapi/schema';
import { errorAnswer } from '../../protocol/dialects/fractal/schema';
import { needOf } from '../http/scope';

/** What a document says of the process as a whole. */
export interface About {
  readonly title: string;
  readonly version: string;
  readonly basePath: string;
}

/** An OpenAPI document. */
export type OpenApi = Readonly<Record<string, unknown>> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** Codes that every operation may end with, before any dialect has been asked. */
const always: readonly ErrorCode[] = [
  'invalid_request',
  'malformed_body',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'headers_too_large',
  'internal',
  'shutting_down',
];

/** Codes of reading a body. */
const reading: readonly ErrorCode[] = [
  'malformed_body',
  'body_timeout',
  'too_large',
  'unsupported_encoding',
  'overloaded',
];

const description = `What this process answers over HTTP, made from what its code checks requests with.

HEAD works wherever GET does, OPTIONS everywhere. Numbers that JSON cannot write are the bare words
NaN, Infinity and -Infinity where an answer may have them. Tokens are wanted only where the operator
has set some; beside each operation stands the scope that it needs.`;

/** The OpenAPI 3.1 document of the operations, made one by one: all of them hold requests up. */
export async function openApiDocument(
  about: About,
  operations: readonly Operation[],
): Promise<OpenApi> {
  const write = new Writer();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = write.operation(operation);
    await othersTurn();
  }
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  return {
    openapi: '3.1.0',
    info: {
      title: about.title,
      version: about.version,
      summary: 'Serves ONNX models',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: about.basePath === '' ? '/' : about.basePath }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: schemesOf(operations),
      responses: sorted(write.refusals),
      schemas: sorted(write.schemas),
    },
  };
}

const schemes = {
  token: { type: 'http', scheme: 'bearer' },
  cluster: { type: 'apiKey', in: 'header', name: 'shoal-cluster-secret' },
} as const;

/** What any of them wants. */
function schemesOf(operations: readonly Operation[]): Partial<typeof schemes> {
  const needs = operations.map(({ method, path }) => needOf(method.toUpperCase(), path));
  const { token, cluster } = schemes;
  return needs.includes('cluster') ? { token, cluster } : { token };
}

function sorted<Value>(map: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> {
  return Object.fromEntries([...map].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Writes operations; collects what they refer to by name. */
class Writer {
  /** The schemas that have a name. */
  readonly schemas = new Map<string, JsonSchema>();
  /** By status and codes. */
  readonly refusals = new Map<string, object>();
  readonly #written = new Map<Schema, JsonSchema>();

  operation(operation: Operation): object {
    const { id, tag, summary, description, parameters = [], body } = operation;
    return {
      operationId: id,
      tags: [tag],
      summary,
      ...(description === undefined ? {} : { description }),
      ...securityOf(operation),
      ...(parameters.length === 0
        ? {}
        : { parameters: parameters.map((parameter) => this.#parameter(parameter)) }),
      ...(body === undefined
        ? {}
        : { requestBody: { required: body.required, content: this.#content(body.content) } }),
      responses: this.#responses(operation),
    };
  }

  #schema(schema: Schema): JsonSchema {
    const known = this.#written.get(schema);
    if (known !== undefined) return known;
    const { schema: written, named } = inJson(schema);
    for (const [name, of] of Object.entries(named)) this.schemas.set(name, of);
    this.#written.set(schema, written);
    return written;
  }

  #parameter({ name, in: where, schema, description, example }: Parameter): object {
    return {
      name,
      in: where,
      required: where === 'path',
      description,
      schema: this.#schema(schema),
      ...(example === undefined ? {} : { example }),
    };
  }

  #content(content: Content): object {
    const entries = Object.entries(content).map(([type, { schema, example }]) => [
      type,
      { schema: this.#schema(schema), ...(example === undefined ? {} : { example }) },
    ]);
    return Object.fromEntries(entries) as object;
  }

  #answer({ description, headers, content }: Answer): object {
    return {
      description,
      ...(headers === undefined
        ? {}
        : { headers: Object.fromEntries(Object.entries(headers).map(headerOf)) }),
      ...(Object.keys(content).length === 0 ? {} : { content: this.#content(content) }),
    };
  }

  #responses(operation: Operation): object {
    const written: Record<string, object> = {};
    for (const [status, answer] of Object.entries(operation.answers)) {
      written[status] = this.#answer(answer);
    }
    for (const [status, codes] of statusesOf(operation)) {
      const name = [status, ...codes].join('.');
      if (!this.refusals.has(name)) this.refusals.set(name, this.#refusal(codes));
      written[status] = { $ref: `#/components/responses/${name}` };
    }
    return written;
  }

  #refusal(codes: readonly ErrorCode[]): object {
    // Nothing beside the reference, or generated clients know nothing of what an error has.
    return {
      description: codes.map((code) => `${code}: ${errorTable[code].means}`).join(' '),
      content: { 'application/json': { schema: this.#schema(errorAnswer) } },
    };
  }
}

function headerOf([name, description]: readonly [string, string]): [string, object] {
  return [name, { description, schema: { type: 'string' } }];
}

/** Where there are no tokens, none is wanted. */
function securityOf({ method, path }: Operation): object {
  const need = needOf(method.toUpperCase(), path);
  if (need === 'open') return { security: [] };
  return { security: need === 'cluster' ? [{ cluster: [] }, {}] : [{ token: [need] }, {}] };
}

/** The codes that an operation may answer, by status. */
function statusesOf({ errors, status, body, path }: Operation): ReadonlyMap<number, ErrorCode[]> {
  const said: [StatusDialect, readonly ErrorCode[]][] = [
    ['http', always],
    [status, errors],
    // What varies may be such that the path is none.
    ['http', path.includes('{') ? ['unknown_route'] : []],
    [status, body === undefined ? [] : reading],
  ];
  const codes = new Map<number, Set<ErrorCode>>();
  for (const [dialect, list] of said) {
    for (const code of list) {
      const at = statusOf(code, dialect);
      codes.set(at, (codes.get(at) ?? new Set()).add(code));
    }
  }
  return new Map([...codes].map(([at, set]) => [at, [...set].sort()] as const));
}
