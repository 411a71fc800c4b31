import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { ShoalError } from '../core/errors';
import { isModelName } from '../protocol/model-name';
import { createLayout } from '../modelhost/repository/layout';
import {
  freshRepository,
  models,
  startHost,
  storedFiles,
  testRoot,
  upload,
} from './support/model-store-host';

freshRepository();

/** Names as an attacker would choose them, and any others. */
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .array(fc.constantFrom('..', '/', '.', '\\', 'iris', '\0', '%2f', '~', ' ', '.staging', ':'), {
      maxLength: 6,
    })
    .map((parts) => parts.join('')),
  fc.constantFrom('../outside', '/etc', '..', '.', '', 'C:\\x', 'iris/../../outside', '.staging'),
);

test('no path leaves the repository, whatever the name', () => {
  const layout = createLayout('/srv/models');
  const inside = (file: string): void => {
    expect(path.normalize(file)).toBe(file);
    expect(file.startsWith('/srv/models/')).toBe(true);
  };
  const build = (make: () => string): void => {
    let file: string;
    try {
      file = make();
    } catch {
      return;
    }
    inside(file);
  };
  fc.assert(
    fc.property(name, fc.double(), (text, number) => {
      build(() => layout.model(text));
      build(() => layout.version(text, number));
      build(() => layout.version('iris', number));
      build(() => layout.file('iris', 1, text));
      build(() => layout.bare(text));
      build(() => layout.staged(text));
      build(() => layout.named(text));
      build(() => layout.named(`iris/${text}`));
      build(() => layout.state(text, 1));
    }),
    { numRuns: 3000 },
  );
});

test('operations with such names are refused and touch nothing', async () => {
  const host = await startHost('a');
  await upload(host, 'iris', 'one');
  await writeFile(path.join(testRoot(), 'outside'), 'untouched');
  const before = (await readdir(testRoot(), { recursive: true })).sort();
  const { models: operations, naming, catalog } = host.store;
  const refused = async (work: () => Promise<unknown>): Promise<void> => {
    await expect(work()).rejects.toBeInstanceOf(ShoalError);
  };
  await fc.assert(
    fc.asyncProperty(name, async (text) => {
      fc.pre(!isModelName(text));
      await refused(() => upload(host, text, 'two').then(() => operations.remove(text, '')));
      await refused(() => operations.remove(text, ''));
      await refused(() => operations.remove('iris', `${text}!`));
      await refused(() => naming.setDefault(text, 1));
      await refused(() => operations.describe(text, 'x'));
      await refused(() => storedFiles(host, text));
      await refused(() => storedFiles(host, 'iris', `${text}!`));
      expect(() => catalog.resolve(text, '')).toThrow(ShoalError);
    }),
    { numRuns: 100 },
  );
  expect((await readdir(testRoot(), { recursive: true })).sort()).toEqual(before);
  expect(await readFile(path.join(testRoot(), 'outside'), 'utf8')).toBe('untouched');
  expect(await readdir(path.join(models(), 'iris', '1'))).toContain('model.onnx');
});
