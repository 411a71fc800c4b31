import { tensor } from '../../examples/constants';
import { writeModel } from '../../examples/onnx-writer';

const types = { I: 'int64', U: 'uint64', B: 'int8', C: 'uint8' } as const;
const datatypes = { I: 'INT64', U: 'UINT64', B: 'INT8', C: 'UINT8' } as const;
const names = Object.keys(types) as Name[];

type Name = keyof typeof types;

/** An input of one element of each of four types, given back as it is under a name of its own. */
export const integers = writeModel({
  opsets: { 'ai.onnx': 17 },
  graph: {
    name: 'integers',
    inputs: names.map((name) => tensor(name, types[name], [1])),
    outputs: names.map((name) => tensor(`${name}_out`, types[name], [1])),
    nodes: names.map((name) => ({ op: 'Identity', inputs: [name], outputs: [`${name}_out`] })),
  },
});

/** As JSON spells them; all others are 1. */
export function integersJson(given: Partial<Record<Name, string>>): string {
  const inputs = names.map(
    (name) =>
      `{"name":"${name}","datatype":"${datatypes[name]}","shape":[1],"data":[${given[name] ?? '1'}]}`,
  );
  return `{"inputs":[${inputs.join(',')}]}`;
}

const lists = { I: 'int64_contents', U: 'uint64_contents', B: 'int_contents', C: 'uint_contents' };

/** The same in typed contents. */
function integersMessage(given: Partial<Record<Name, number>>): object {
  const inputs = names.map((name) => ({
    name,
    datatype: datatypes[name],
    shape: [1],
    contents: { [lists[name]]: [given[name] ?? 1] },
  }));
  return { model_name: 'integers', inputs };
}

export interface RefusedInteger {
  /** The input, and what JSON says in it. */
  readonly name: string;
  readonly text: string;
  readonly json: string;
  /** The same over gRPC, where its fields can say it. */
  readonly message: object | undefined;
}

export const refusedIntegers: readonly RefusedInteger[] = [
  refused('I', '9223372036854775808'),
  refused('I', '-9223372036854775809'),
  refused('I', '1.0'),
  refused('I', '1e3'),
  refused('I', '"1"'),
  refused('U', '-1'),
  refused('U', '18446744073709551616'),
  refused('B', '128', 128),
  refused('B', '-129', -129),
  refused('C', '300', 300),
  refused('C', '-1'),
];

function refused(name: Name, text: string, typed?: number): RefusedInteger {
  const message = typed === undefined ? undefined : integersMessage({ [name]: typed });
  return { name, text, json: integersJson({ [name]: text }), message };
}
