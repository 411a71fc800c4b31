import fc from 'fast-check';
import sharp from 'sharp';
import { ShoalError } from '../../core/errors';
import type { ImageInput, Servable } from '../../protocol/catalog';
import type { Datatype } from '../../protocol/datatype';
import { halfValue } from '../../protocol/tensor-json/half';
import type { Dimension } from '../../protocol/signature';
import { servable as servableOf, spec } from '../../tests/support/servables';
import { createPictureReader } from './picture-reader';

const maxPixels = 10_000;
const read = createPictureReader(maxPixels);

const plain: ImageInput = {
  layout: 'CHW',
  height: 2,
  width: 3,
  channels: 3,
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  order: 'RGB',
};

function model(
  shape: Dimension[] | null,
  image: ImageInput | null = null,
  datatype: Datatype | null = 'FP32',
): Servable {
  return { ...servableOf([spec('in', shape, datatype)], []), image };
}

function png(pixels: readonly number[], width: number, height: number): Promise<Buffer> {
  const channels = (pixels.length / width / height) as 1 | 2 | 3 | 4;
  const raw = { width, height, channels };
  return sharp(Uint8Array.from(pixels), { raw }).png().toBuffer();
}

function values(data: Uint8Array): number[] {
  return [...new Float32Array(Uint8Array.from(data).buffer)];
}

async function fault(bytes: Buffer, of: Servable, type = 'image/png'): Promise<ShoalError> {
  try {
    await read(bytes, type, of);
  } catch (error) {
    if (error instanceof ShoalError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const six = [10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33, 14, 24, 34, 15, 25, 35];

describe('a picture as a tensor', () => {
  test.each([
    ['CHW with a batch axis', [null, 3, 2, 3], [1, 3, 2, 3], [10, 11, 12, 13, 14, 15, 20]],
    ['CHW without', [3, 2, 3], [3, 2, 3], [10, 11, 12, 13, 14, 15, 20]],
    ['HWC with a batch axis', [1, 2, 3, 3], [1, 2, 3, 3], [10, 20, 30, 11, 21, 31, 12]],
    ['HWC without', [2, 3, 3], [2, 3, 3], [10, 20, 30, 11, 21, 31, 12]],
  ])('by the shape of the input: %s', async (_what, shape, wanted, start) => {
    const tensor = await read(await png(six, 3, 2), 'image/png', model(shape));
    expect(tensor).toMatchObject({ name: 'in', datatype: 'FP32', shape: wanted });
    expect(values(tensor.data).slice(0, 7)).toEqual(start);
  });

  test('by the configuration: order, scale, mean and std, per channel of the model', async () => {
    const image: ImageInput = { ...plain, order: 'BGR', scale: 2, mean: [1, 2, 3], std: [1, 2, 4] };
    const tensor = await read(
      await png(six, 3, 2),
      'image/png',
      model([null, 3, null, null], image),
    );
    const [blue, green, red] = [30 * 2 - 1, (20 * 2 - 2) / 2, (10 * 2 - 3) / 4];
    const all = values(tensor.data);
    expect([all[0], all[6], all[12]]).toEqual([blue, green, red]);
  });

  test('any pixels: HWC is the transposed CHW, and FP16 and UINT8 hold the same values', async () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 7 }),
      height: fc.integer({ min: 1, max: 7 }),
    });
    const picture = sizes.chain(({ width, height }) =>
      fc
        .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
        .map((pixels) => ({ width, height, pixels })),
    );
    await fc.assert(
      fc.asyncProperty(picture, async ({ width, height, pixels }) => {
        const bytes = await png([...pixels], width, height);
        const image = { ...plain, width, height };
        const chw = await read(bytes, 'image/png', model(null, image));
        const hwc = await read(bytes, '', model(null, { ...image, layout: 'HWC' }, 'UINT8'));
        const half = await read(bytes, 'image/png', model(null, image, 'FP16'));
        expect([...hwc.data]).toEqual([...pixels]);
        expect(chw.shape).toEqual([1, 3, height, width]);
        const planes = values(chw.data);
        const area = width * height;
        pixels.forEach((pixel, at) => {
          expect(planes[(at % 3) * area + Math.floor(at / 3)]).toBe(pixel);
        });
        const halves = new Uint16Array(Uint8Array.from(half.data).buffer);
        expect([...halves].map(halfValue)).toEqual(planes);
      }),
      { numRuns: 30 },
    );
  });

  test('grey, transparent, large, deep and turned pictures all fit', async () => {
    const grey = model([null, 1, 2, 2]);
    const white = await read(
      await png(
        Array.from({ length: 12 }, () => 255),
        2,
        2,
      ),
      '',
      grey,
    );
    expect(values(white.data)).toEqual([255, 255, 255, 255]);
    const rgba = [1, 2, 3, 0, 4, 5, 6, 255];
    const line: ImageInput = { ...plain, layout: 'HWC', width: 2, height: 1 };
    const opaque = await read(await png(rgba, 2, 1), 'image/png', model(null, line));
    expect(values(opaque.data)).toEqual([1, 2, 3, 4, 5, 6]);
    const flat = await png(
      Array.from({ length: 90 * 50 * 3 }, () => 7),
      90,
      50,
    );
    const shrunk = await read(flat, 'image/png', model([3, 4, 4]));
    expect(new Set(values(shrunk.data))).toEqual(new Set([7]));
    const deep = sharp(await png(six, 3, 2))
      .toColourspace('rgb16')
      .png();
    expect(values((await read(await deep.toBuffer(), '', model([2, 3, 3]))).data)).toEqual(six);
    const onSide = sharp(await png([1, 1, 1, 200, 200, 200], 2, 1)).withMetadata({
      orientation: 6,
    });
    const turned = await read(await onSide.png().toBuffer(), '', model([2, 1, 3]));
    expect(values(turned.data)).toEqual([1, 1, 1, 200, 200, 200]);
  });

  test('JPEG is close to what it shows', async () => {
    const raw = { width: 16, height: 16, channels: 3 } as const;
    const pixels = Uint8Array.from({ length: 768 }, (_, at) => [200, 100, 50][at % 3] ?? 0);
    const jpeg = await sharp(pixels, { raw }).jpeg({ quality: 100 }).toBuffer();
    const tensor = await read(jpeg, 'image/jpg', model([3, 1, 1]));
    values(tensor.data).forEach((value, channel) => {
      expect(Math.abs(value - (pixels[channel] ?? 0))).toBeLessThan(3);
    });
  });
});

describe('what is no picture for a model', () => {
  test.each([
    ['another rank', model([null, 4]), /\[\?, 4\], which is no picture's shape/],
    ['two channels', model([null, 2, 8, 8]), /no picture's shape/],
    ['a free size', model([null, 3, null, null]), /no picture's shape/],
    ['more than one row', model([2, 3, 8, 8]), /no picture's shape/],
    ['another type', model([3, 8, 8], null, 'INT64'), /is INT64/],
    ['no tensor', model([3, 8, 8], null, null), /is tensor\(other\)/],
    ['an unknown rank', model(null), /of any rank/],
    ['two inputs', servableOf([spec('a', [3, 2, 2]), spec('b', [1])], []), /2 inputs/],
  ])('%s', async (_what, of, message) => {
    const error = await fault(await png(six, 3, 2), of);
    expect([error.code, error.message]).toEqual([
      'invalid_request',
      expect.stringMatching(message),
    ]);
  });
});

describe('bad pictures', () => {
  const of = model([3, 2, 3]);

  test('broken ones', async () => {
    const good = await png(
      Array.from({ length: 60 * 60 * 3 }, (_, at) => (at * 7919) % 251),
      60,
      60,
    );
    const cases = [
      Buffer.from('hello'),
      good.subarray(0, 20),
      good.subarray(0, good.length / 2),
      Buffer.alloc(0),
    ];
    for (const bytes of cases) expect((await fault(bytes, of)).code).toBe('malformed_body');
    const jpeg = await sharp(good).jpeg().toBuffer();
    const cut = await fault(jpeg.subarray(0, jpeg.length / 2), of, 'image/jpeg');
    expect(cut.code).toBe('malformed_body');
    expect(cut.message).not.toMatch(/vips|libspng|\//i);
  });

  test('other types, whatever they say of themselves', async () => {
    const gif = await sharp(await png(six, 3, 2))
      .gif()
      .toBuffer();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>');
    expect((await fault(gif, of, 'image/gif')).code).toBe('unsupported_media_type');
    expect((await fault(gif, of, 'image/png')).code).toBe('malformed_body');
    expect((await fault(svg, of, 'image/png')).code).toBe('malformed_body');
    expect((await fault(svg, of, '')).code).toBe('unsupported_media_type');
    expect((await fault(await png(six, 3, 2), of, 'image/webp')).code).toBe(
      'unsupported_media_type',
    );
  });

  test.each([
    [101, 100],
    [5000, 5000],
  ])('%d x %d pixels in a few bytes are refused by the header', async (width, height) => {
    const create = { width, height, channels: 3, background: 'black' } as const;
    const bomb = await sharp({ create }).png().toBuffer();
    const error = await fault(bomb, of);
    expect(error.code).toBe('too_large');
  });

  test('a header that lies about its pixels is refused', async () => {
    const small = await png(six, 3, 2);
    small.writeUInt32BE(90_000, 16);
    small.writeUInt32BE(90_000, 20);
    expect(['too_large', 'malformed_body']).toContain((await fault(small, of)).code);
  });

  test('any damage is a client error', async () => {
    const good = await png(six, 3, 2);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, byte) => {
        const bytes = Buffer.from(good);
        bytes[at] = byte;
        await read(bytes, 'image/png', of).catch((error: unknown) => {
          expect(error).toBeInstanceOf(ShoalError);
          expect((error as ShoalError).code).not.toBe('internal');
        });
      }),
    );
  });
});
