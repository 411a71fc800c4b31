import { z } from 'zod';
import { ShoalError } from '../../core/errors';

/** What a body, an answer or a parameter must be. */
export type Schema = z.ZodType;

/** A schema in JSON, as OpenAPI 3.1 has it (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What is wrong, as a schema's words are asked for. */
export interface Issue {
  readonly input?: unknown;
  readonly path?: readonly PropertyKey[] | undefined;
}

export interface InJson {
  readonly schema: JsonSchema;
  /** The schemas with a name that it refers to, by `#/components/schemas/<name>`. */
  readonly named: Readonly<Record<string, JsonSchema>>;
}

/** The schema in JSON; those that have an `id` among their metadata are referred to by it. */
export function inJson(schema: Schema): InJson {
  // Inside a list a schema with a name is a reference, too.
  const listed = z.toJSONSchema(z.array(schema), { io: 'input' }) as {
    items: JsonSchema;
    $defs?: Record<string, JsonSchema>;
  };
  const { items, $defs = {} } = relocated(listed) as typeof listed;
  return { schema: items, named: $defs };
}

function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    if (key !== '$ref' || typeof item !== 'string') return [key, relocated(item)] as const;
    return [key, item.replace('#/$defs/', '#/components/schemas/')] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * The value as the schema wants it. Throws invalid_request with the words that the schema has for
 * what is wrong, and the name of the field where they do not begin with one.
 */
export function checkedAs<Wanted>(schema: z.ZodType<Wanted>, value: unknown): Wanted {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const message = read.error.issues[0]?.message ?? 'wrong';
  throw new ShoalError('invalid_request', message.endsWith('.') ? message : `${message}.`);
}

/** Of answers, however nested: generated clients cannot read a schema that refers to itself. */
export const anyValue = z.unknown().meta({
  description: 'A boolean, a number or a text, or lists of such, or such by name, nested.',
});

/** Each of the server-sent events of a stream, which as a whole has no schema. */
export const serverSentEvent = z.object({
  id: z.string().optional(),
  event: z.string(),
  data: z.string().meta({ description: 'An object in JSON.' }),
});

export const anyText = z.string();
export const anyJson = z.unknown();
/** Bytes, such as a file. */
export const anyBytes = z.string().meta({ format: 'binary' });
export const countFrom1 = z.int().min(1);
export const countFrom0 = z.int().min(0);
