import { MemoryBucket } from '../../../tests/support/memory-bucket';
import { cleanBucket } from './bucket-cleanup';

const hours = 3_600_000;
const now = 100 * hours;

test('parts of files that nobody puts there any more go, and no others', async () => {
  const bucket = new MemoryBucket();
  const begun: [string, number][] = [
    ['arriving/1/model.onnx', 30],
    ['arriving/1/data/weights.bin', 2],
    ['died/2/model.onnx', 3],
    ['begun/2/model.onnx', 0.5],
    ['byhand/1/model.onnx', 23],
    ['bare.onnx', 23],
    ['forgotten/1/model.onnx', 25],
    ['forgotten.onnx', 25],
  ];
  bucket.uploads = begun.map(([key, ago]) => ({ key, id: key, begunMs: now - ago * hours }));
  const marks: [string, number][] = [
    ['arriving/1/.arriving', 0.2],
    ['died/2/.arriving', 2.5],
    ['begun/2/.arriving', 0.5],
  ];
  for (const [key, ago] of marks) {
    await bucket.put(key, Buffer.from('mark'));
    bucket.changed.set(key, now - ago * hours);
  }
  await cleanBucket(bucket, await bucket.list(''), now);
  expect(bucket.uploads.map(({ key }) => key)).toEqual([
    'arriving/1/model.onnx',
    'arriving/1/data/weights.bin',
    'begun/2/model.onnx',
    'byhand/1/model.onnx',
    'bare.onnx',
  ]);
});
