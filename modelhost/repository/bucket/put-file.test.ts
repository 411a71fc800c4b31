import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { ShoalError } from '../../../core/errors';
import { MemoryBucket } from '../../../tests/support/memory-bucket';
import { temporaryDirectory, writeIn } from '../../../tests/support/small-models';
import { putFile } from './put-file';

const root = temporaryDirectory();
const bytes = randomBytes(8 * 1024 ** 2 + 5);
const file = writeIn(root, 'big.onnx', bytes);
const key = path.basename(file);

const noSuchUpload = new ShoalError('storage_unavailable', 'fails (NoSuchUpload 404)');

/** Ends uploads and says so to nobody: asked again it knows of none. */
class LosingBucket extends MemoryBucket {
  override async endUpload(name: string, id: string): Promise<string> {
    await super.endUpload(name, id);
    throw noSuchUpload;
  }
}

test('a file that is there whole has arrived, whatever the answer was', async () => {
  const bucket = new LosingBucket();
  expect(await putFile(bucket, key, file)).toBe((await bucket.list(key))[0]!.etag);
  expect(bucket.objects.get(key)?.equals(bytes)).toBe(true);
});

test.each([
  ['nothing', undefined],
  ['something shorter', Buffer.from('other')],
  ['as much that did not come in parts', Buffer.alloc(bytes.length)],
])('it has not where %s is there', async (_, there) => {
  const bucket = new MemoryBucket();
  if (there !== undefined) await bucket.put(key, there);
  bucket.endUpload = () => Promise.reject(noSuchUpload);
  await expect(putFile(bucket, key, file)).rejects.toBe(noSuchUpload);
  expect(bucket.uploads).toEqual([]);
});
