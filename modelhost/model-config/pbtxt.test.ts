import { z } from 'zod';
import { parseModelConfig } from './parse-config';
import { pbtxtToJson } from './pbtxt';
import { configSchema } from './schema';

interface Node {
  readonly type?: string;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
}

/** A list of the schema: the fields that lead to it, and whether it is one of messages. */
interface List {
  readonly path: readonly string[];
  readonly ofMessages: boolean;
}

/** All lists that are named by fields; what maps hold is not walked. */
function listsIn(node: Node | undefined, path: readonly string[] = []): List[] {
  if (node === undefined) return [];
  const own = { path, ofMessages: node.items?.properties !== undefined };
  const inside = Object.entries(node.properties ?? {});
  return [
    ...(node.type === 'array' ? [own, ...listsIn(node.items, path)] : []),
    ...inside.flatMap(([name, field]) => listsIn(field, [...path, name])),
  ];
}

const lists = listsIn(
  z.toJSONSchema(configSchema, { io: 'output', unrepresentable: 'any' }) as Node,
);

test('the schema has lists, at the top and within', () => {
  expect(lists.map(({ path }) => path.join('.'))).toEqual(
    expect.arrayContaining(['input', 'input.dims', 'shoal.image.mean']),
  );
});

test.each(lists.map((list) => [list.path.join('.'), list] as const))(
  '%s given once is a list of one',
  (_name, { path, ofMessages }) => {
    const once = `${path.at(-1)}${ofMessages ? ' {}' : ': 1'}`;
    const text = path.slice(0, -1).reduceRight((inner, name) => `${name} { ${inner} }`, once);
    let found: unknown = pbtxtToJson(text);
    for (const name of path) {
      const message: unknown = Array.isArray(found) ? found[0] : found;
      found = (message as Record<string, unknown>)[name];
    }
    expect(found).toEqual([ofMessages ? {} : 1]);
  },
);

test('a picture and a default answer mean the same as in JSON', () => {
  const pbtxt = `
    shoal {
      image { layout: "CHW" height: 224 width: 224 mean: [0.485, 0.456, 0.406] std: 1 std: 2 std: 3 }
      default_answer {
        after_ms: 50
        outputs { name: "y" datatype: "FP32" shape: [1, 2] data: [1, 2.5] }
        outputs { name: "z" datatype: "BYTES" shape: 1 data: "none" }
      }
    }`;
  const mean = [0.485, 0.456, 0.406];
  const outputs = [
    { name: 'y', datatype: 'FP32', shape: [1, 2], data: [1, 2.5] },
    { name: 'z', datatype: 'BYTES', shape: [1], data: ['none'] },
  ];
  const json = {
    shoal: {
      image: { layout: 'CHW', height: 224, width: 224, mean, std: [1, 2, 3] },
      default_answer: { after_ms: 50, outputs },
    },
  };
  expect(parseModelConfig(pbtxt, 'config.pbtxt')).toEqual(
    parseModelConfig(JSON.stringify(json), 'config.json'),
  );
});
