import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ShoalError } from '../core/errors';
import type { ModelEntry } from '../protocol/catalog';
import { freshRepository, serves, startHost, upload, type Host } from './support/model-store-host';

freshRepository();

/** What a model should be, kept in plain variables. */
interface Expected {
  readonly versions: Map<number, string>;
  last: number;
  standard: number;
  description: string;
}

type Operation =
  | { kind: 'upload'; model: string; content: string; hold: boolean }
  | { kind: 'default' | 'remove'; model: string; version: number }
  | { kind: 'delete'; model: string }
  | { kind: 'describe'; model: string; description: string };

const model = fc.constantFrom('a', 'b', 'c');
const version = fc.integer({ min: 1, max: 6 });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('upload' as const),
      model,
      content: fc.constantFrom('x', 'y', 'z', 'bad'),
      hold: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('default' as const), model, version }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), model, version }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), model }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('describe' as const),
      model,
      description: fc.string(),
    }),
  },
);

/** The rules of DESIGN in as few words as possible; the code of the error, or ''. */
function expectedOf(models: Map<string, Expected>, operation: Operation): string {
  const known = models.get(operation.model);
  const there = known !== undefined && known.versions.size > 0;
  if (operation.kind === 'upload') return expectedUpload(models, operation);
  if (!there) return 'unknown_model';
  switch (operation.kind) {
    case 'default':
      if (!known.versions.has(operation.version)) return 'unknown_version';
      known.standard = operation.version;
      return '';
    case 'remove':
      return expectedRemoval(known, operation.version);
    case 'delete':
      known.versions.clear();
      known.standard = 0;
      known.description = '';
      return '';
    case 'describe':
      known.description = operation.description;
      return '';
  }
}

function expectedRemoval(known: Expected, version: number): string {
  if (!known.versions.has(version)) return 'unknown_version';
  if (known.standard === version) return 'conflict';
  known.versions.delete(version);
  if (known.versions.size === 0) known.description = '';
  return '';
}

function expectedUpload(
  models: Map<string, Expected>,
  { model, content, hold }: Extract<Operation, { kind: 'upload' }>,
): string {
  const fresh: Expected = { versions: new Map(), last: 0, standard: 0, description: '' };
  const known = models.get(model) ?? fresh;
  models.set(model, known);
  const same = [...known.versions].findLast(([, bytes]) => bytes === content);
  if (same === undefined && content === 'bad') return 'model_rejected';
  const number = same?.[0] ?? ++known.last;
  known.versions.set(number, content);
  if (!hold && number === Math.max(...known.versions.keys())) known.standard = number;
  return '';
}

async function perform({ store, ...host }: Host, operation: Operation): Promise<string> {
  const { models, naming } = store;
  const work = (): Promise<unknown> => {
    switch (operation.kind) {
      case 'upload':
        return upload({ store, ...host }, operation.model, operation.content, operation);
      case 'default':
        return naming.setDefault(operation.model, operation.version);
      case 'remove':
        return models.remove(operation.model, String(operation.version));
      case 'delete':
        return models.remove(operation.model, '');
      case 'describe':
        return models.describe(operation.model, operation.description);
    }
  };
  try {
    await work();
    return '';
  } catch (error) {
    return error instanceof ShoalError ? error.code : String(error);
  }
}

function plain(entries: readonly ModelEntry[]): unknown {
  return entries.map(({ name, defaultVersion, description, versions }) => ({
    name,
    defaultVersion,
    description,
    versions: versions
      .filter(({ state }) => state === 'ready')
      .map((each) => [each.version, each.sha256]),
  }));
}

function plainExpected(models: Map<string, Expected>): unknown {
  return [...models]
    .filter(([, { versions }]) => versions.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { standard, description, versions }]) => ({
      name,
      defaultVersion: standard,
      description,
      versions: [...versions].map(([number, content]) => [
        number,
        createHash('sha256').update(content).digest('hex'),
      ]),
    }));
}

test('after 100 random operations on two hosts both list what was asked for', async () => {
  const hosts = [await startHost('a'), await startHost('b')];
  const models = new Map<string, Expected>();
  const operations = fc.sample(operation, { numRuns: 100, seed: 20_261 });
  for (const [index, each] of operations.entries()) {
    const host = hosts[index % 2]!;
    const wanted = expectedOf(models, each);
    expect([index, each, await perform(host, each)]).toEqual([index, each, wanted]);
    if (wanted === '') expect(serves(host, each.model)).toBe(models.get(each.model)?.standard);
    // What the other host has done to another model before may still be under way here.
    await host.store.models.update();
    expect(plain(host.store.catalog.models())).toEqual(plainExpected(models));
    for (const [name, { standard }] of models) expect(serves(host, name)).toBe(standard);
  }
  for (const { store } of hosts) await store.models.update();
  for (const { store } of [...hosts, await startHost('late')]) {
    expect(plain(store.catalog.models())).toEqual(plainExpected(models));
  }
});
