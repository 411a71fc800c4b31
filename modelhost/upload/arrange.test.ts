import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { externalModel, weightBytes } from '../../tests/support/external-model';
import {
  freshRepository,
  models,
  startHost,
  type Host,
} from '../../tests/support/model-store-host';
import { storedFiles, upload } from '../../tests/support/model-store-host';
import type { Published } from '../models';
import type { Gathered } from './arrange';
import { ByteBudget } from './byte-budget';
import { createInbox } from './inbox';
import { publishGathered } from './publish-gathered';

freshRepository();

const labelled = '{"output":[{"name":"y","label_filename":"labels.txt"}]}';

async function publish(
  { store }: Host,
  contents: Readonly<Record<string, string | Buffer>>,
  more: Partial<Gathered> = {},
): Promise<Published> {
  const budget = new ByteBudget(Infinity, () => new Error() as never);
  const inbox = createInbox(await store.models.stage(), 20);
  try {
    const files = [];
    for (const [name, content] of Object.entries(contents)) {
      files.push(await inbox.receive(name, Readable.from([Buffer.from(content)]), budget));
    }
    const gathered = { files, place: { version: '', model: '' }, ...more };
    return await publishGathered(store.models, gathered, { model: 'net', hold: false });
  } finally {
    await inbox.discard();
    expect(readdirSync(path.join(models(), '.staging'))).toEqual([]);
  }
}

const stored = (version: number): string[] =>
  readdirSync(path.join(models(), 'net', String(version)), { recursive: true })
    .map(String)
    .sort();

test.each([
  ['net.onnx', 'model.ort'],
  ['net.ort', 'model.ort'],
])('a model in the ORT format that comes as %s is stored as %s', async (name, as) => {
  const host = await startHost('a');
  await publish(host, { [name]: 'xxxxORTM' });
  expect(stored(1)).toEqual(['meta.json', as]);
});

test('what the model and its configuration name is kept, and nothing else', async () => {
  const host = await startHost('a');
  const files = {
    'net.onnx': externalModel('./data/weights.bin'),
    'data/weights.bin': weightBytes(1),
    'data/other.bin': 'x',
    'labels.txt': 'cat\ndog\n',
    'config.json': labelled,
  };
  const published = await publish(host, files);
  expect(published).toMatchObject({ version: 1, created: true, unused: ['data/other.bin'] });
  const kept = ['data', 'data/weights.bin', 'labels.txt', 'model.onnx'];
  expect(stored(1)).toEqual(['config.json', ...kept, 'meta.json'].sort());
  const entry = host.store.catalog.model('net').versions[0];
  expect(entry).toMatchObject({ classLabels: { y: ['cat', 'dog'] } });
  const sums = ['data/weights.bin', 'labels.txt', 'model.onnx'].map((name) => {
    const bytes = readFileSync(path.join(models(), 'net/1', name));
    return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;
  });
  expect(published.sha256).toBe(createHash('sha256').update(sums.join('')).digest('hex'));
  const told = await storedFiles(host, 'net');
  expect(told.files.map(({ name }) => name).sort()).toEqual([
    'config.json',
    'data/weights.bin',
    'labels.txt',
    'model.onnx',
  ]);
});

test('the same files are the same version, any other bytes are another', async () => {
  const host = await startHost('a');
  const files = { 'model.onnx': externalModel(), 'weights.bin': weightBytes(1) };
  expect(await publish(host, files)).toMatchObject({ version: 1, created: true });
  const again = { 'weights.bin': weightBytes(1), 'net.onnx': externalModel(), README: 'new' };
  expect(await publish(host, again)).toMatchObject({ version: 1, created: false });
  const other = { ...files, 'weights.bin': weightBytes(2) };
  expect(await publish(host, other)).toMatchObject({ version: 2, created: true });
  const withLabels = { ...files, 'labels.txt': 'cat', 'config.json': labelled };
  expect(await publish(host, withLabels)).toMatchObject({ version: 3, created: true });
  const others = { ...withLabels, 'labels.txt': 'dog' };
  expect(await publish(host, others)).toMatchObject({ version: 4, created: true });
  // A model without its data is another one, too: whether it can be served says the check.
  const alone = await upload(host, 'net', externalModel().toString('latin1'));
  expect(alone.version).toBe(5);
});

test("labels that stand in the model's directory need not come along", async () => {
  const host = await startHost('a');
  await upload(host, 'net', 'one');
  writeFileSync(path.join(models(), 'net', 'labels.txt'), 'cat\ndog\n');
  await publish(host, { 'model.onnx': 'two' }, { config: labelled });
  expect(host.store.catalog.model('net').versions.at(-1)).toMatchObject({
    classLabels: { y: ['cat', 'dog'] },
  });
});

test.each<[string, Record<string, string | Buffer>, Partial<Gathered>, RegExp]>([
  ['no clear model', { 'a.onnx': 'a', 'b.onnx': 'b' }, {}, /not clear which file is the model/],
  ['two configurations', { 'a.onnx': 'a', 'config.json': '{}' }, { config: '{}' }, /several conf/],
  [
    'both forms of one',
    { 'a.onnx': 'a', 'config.json': '{}', 'config.pbtxt': '' },
    {},
    /several configurations/,
  ],
  ['labels that are missing', { 'a.onnx': 'a', 'config.json': labelled }, {}, /labels.txt/],
  [
    'labels without end',
    { 'a.onnx': 'a', 'config.json': labelled, 'labels.txt': 'x'.repeat(1024 * 1024 + 1) },
    {},
    /more than 1048576 bytes/,
  ],
  [
    'data under a name of the server',
    { 'a.onnx': externalModel('meta.json'), 'meta.json': '{}' },
    {},
    /the server's own/,
  ],
  [
    'data under the name of the model',
    { 'a.onnx': externalModel('Model.onnx'), 'Model.onnx': 'x' },
    {},
    /not clear|the server's own/,
  ],
])('%s: refused, and nothing is left', async (_what, files, more, reason) => {
  const host = await startHost('a');
  await expect(publish(host, files, more)).rejects.toThrow(reason);
  expect(readdirSync(models())).toEqual(['.staging']);
});
