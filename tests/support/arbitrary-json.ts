import fc from 'fast-check';
import type { InJson, JsonSchema } from '../../protocol/openapi/schema';

/** What our schemas have; whatever else one says is not minded. */
interface Written {
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: Kind | readonly Kind[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
}

type Kind = keyof typeof kinds;

/** The arbitrary of a schema that is inside another one. */
type Inside = (schema: JsonSchema) => fc.Arbitrary<unknown>;

/**
 * Values that the schema takes. With `faults`, one part in so many is any JSON at all, and what is
 * required may not be there.
 */
export function jsonAs({ schema, named }: InJson, faults?: number): fc.Arbitrary<unknown> {
  const { wanted } = fc.letrec((tie) => {
    const inside: Inside = (one) => {
      const right = asWritten(one, inside, tie, faults !== undefined);
      if (faults === undefined) return right;
      return fc.oneof({ weight: faults, arbitrary: right }, fc.jsonValue({ maxDepth: 1 }));
    };
    const parts = Object.entries(named).map(([name, one]) => [name, inside(one)] as const);
    return { ...Object.fromEntries(parts), wanted: inside(schema) };
  });
  return wanted;
}

function asWritten(
  schema: Written,
  inside: Inside,
  tie: (name: string) => fc.Arbitrary<unknown>,
  lacking: boolean,
): fc.Arbitrary<unknown> {
  const { $ref, anyOf, type } = schema;
  if ($ref !== undefined) return tie($ref.split('/').at(-1)!);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (anyOf !== undefined) return fc.oneof({ depthSize: 'small' }, ...anyOf.map(inside));
  if (type === undefined) return fc.jsonValue({ maxDepth: 1 });
  const some = [type].flat() as readonly Kind[];
  return fc.oneof(...some.map((kind) => kinds[kind](schema, inside, lacking)));
}

const kinds = {
  boolean: () => fc.boolean(),
  number: () => fc.double({ noNaN: true, noDefaultInfinity: true }),
  integer: ({ minimum: min = -9, maximum: max = 2 ** 60 }: Written) =>
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min, max: min + 4 }) },
      fc.double({ min, max, noNaN: true }).map(Math.floor),
    ),
  string: ({ minLength = 0 }: Written) => fc.string({ minLength, maxLength: minLength + 4 }),
  array: ({ items = {} }: Written, inside: Inside) => fc.array(inside(items), { maxLength: 4 }),
  object: (schema: Written, inside: Inside, lacking: boolean) => {
    const { properties = {}, required = [], additionalProperties: more = {} } = schema;
    const known = Object.entries(properties).map(([name, one]) => [name, inside(one)] as const);
    const own = fc.record(Object.fromEntries(known), {
      requiredKeys: lacking ? [] : [...required],
    });
    if (more === false) return own;
    const others = fc.dictionary(fc.string({ minLength: 1, maxLength: 9 }), inside(more), {
      maxKeys: 1,
    });
    return fc.tuple(others, own).map(([one, other]): unknown => ({ ...one, ...other }));
  },
};
