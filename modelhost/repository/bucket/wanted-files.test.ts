import type { VersionMeta } from '../version-meta';
import type { FoundObject } from './bucket-client';
import { wantedFiles } from './wanted-files';

const meta = {
  file: 'model.onnx',
  sha256: 'of the model',
  companions: [{ file: 'data/weights.bin', sha256: 'of the weights', bytes: 2 }],
} as unknown as VersionMeta;
const version = { model: 'net', version: 3, meta };

const found = (...names: string[]): { name: string; object: FoundObject }[] =>
  names.map((name) => ({
    name,
    object: { key: `net/3/${name}`, etag: '', size: name.length, changedMs: 0 },
  }));

const given = (sha256: string) => (): Promise<string> => Promise.resolve(sha256);

test('all but meta.json comes: a download has the configuration, too', () => {
  const names = ['config.json', 'config.pbtxt', 'data/weights.bin', 'meta.json', 'model.onnx'];
  const files = wantedFiles(version, found(...names), given(''));
  expect(files.map(({ name, sha256 }) => [name, sha256])).toEqual([
    ['config.json', ''],
    ['config.pbtxt', ''],
    ['data/weights.bin', 'of the weights'],
    ['model.onnx', 'of the model'],
  ]);
});

test('what is missing or has other bytes is not what was published', async () => {
  expect(() => wantedFiles(version, found('data/weights.bin'), given(''))).toThrow(
    "it has no file 'model.onnx'",
  );
  const [model] = wantedFiles(version, found('model.onnx'), given('of others'));
  await expect(model!.fetch('there')).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringContaining('of others instead of of the model') as string,
  });
});
