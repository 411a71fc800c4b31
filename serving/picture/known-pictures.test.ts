import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ImageInput } from '../../protocol/catalog';
import { halfValue } from '../../protocol/tensor-json/half';
import { runReference } from '../../tests/support/runtime-run';
import { servable as servableOf, spec } from '../../tests/support/servables';
import { caseTensor, readCase } from '../../tests/support/shared-cases';
import { describeShared, sharedModels } from '../../tests/support/shared-models';
import { createPictureReader } from './picture-reader';

const read = createPictureReader(1_000_000);

const kitten: ImageInput = {
  layout: 'CHW',
  height: 224,
  width: 224,
  channels: 3,
  scale: 1,
  mean: [104, 117, 123],
  std: [1, 1, 1],
  order: 'BGR',
};

describeShared('the kitten', () => {
  test('becomes the reference tensor and is a tabby', async () => {
    const known = readCase('cases/squeezenet_fp16/kitten.json');
    const [input] = known.inputs ?? [];
    const bytes = readFileSync(path.join(sharedModels, 'models/squeezenet_fp16/kitten_224.png'));
    const of = servableOf([spec('data_0', [1, 3, 224, 224], 'FP16')], []);
    const tensor = await read(bytes, 'image/png', { ...of, image: kitten });
    expect(tensor.shape).toEqual(input?.shape);
    expect(Buffer.from(tensor.data).equals(caseTensor(input!).data)).toBe(true);
    const file = path.join(sharedModels, 'models/squeezenet_fp16/SqueezeNet_fp16.onnx');
    const [output] = await runReference(file, [tensor]);
    const scores = [...new Uint16Array(Uint8Array.from(output!.data).buffer)].map(halfValue);
    const best = Math.max(...scores);
    expect(scores.indexOf(best)).toBe(281);
    expect(best).toBeGreaterThan(0.85);
  });
});

describe('the example picture', () => {
  test('is a seven for the digits example', async () => {
    const folder = path.resolve(process.cwd(), 'examples');
    const config = readFileSync(path.join(folder, 'models/digits/config.json'), 'utf8');
    const { shoal } = JSON.parse(config) as { shoal: { image: ImageInput } };
    const of = servableOf([spec('image', [null, 1, 8, 8])], []);
    const bytes = readFileSync(path.join(folder, 'pictures/seven.png'));
    const tensor = await read(bytes, 'image/png', { ...of, image: shoal.image });
    const outputs = await runReference(path.join(folder, 'models/digits/1/model.onnx'), [tensor]);
    const scores = outputs.find(({ datatype }) => datatype === 'FP32')!;
    const all = [...new Float32Array(Uint8Array.from(scores.data).buffer)];
    expect(all.indexOf(Math.max(...all))).toBe(7);
  });
});
