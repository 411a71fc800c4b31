import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { fakeCatalog } from '../../../tests/support/fake-catalog';
import { processorMs } from '../../../tests/support/processor-ms';
import { servable, spec } from '../../../tests/support/servables';
import { ModelInferRequestSchema } from '../generated/inference_pb';
import { createRequestReader } from './known-requests';

type Request = MessageInitShape<typeof ModelInferRequestSchema>;

const catalog = fakeCatalog([servable([spec('X', [null])], [spec('Y', [null])])]);
const read = createRequestReader(catalog);

const input = { name: 'X', datatype: 'FP32', shape: [1n] };
const raw = [new Uint8Array(4)];
const text = (value: string) => ({ parameterChoice: { case: 'stringParam', value } as const });

describe('refusals', () => {
  test.each<[string, Request, string, RegExp]>([
    ['no model', {}, 'invalid_name', /model name/],
    [
      'an unknown model before all else',
      { modelName: 'n', inputs: [input, input] },
      'unknown_model',
      /'n'/,
    ],
    [
      'a version that is no number',
      { modelName: 'm', modelVersion: 'x' },
      'invalid_request',
      /^failed to get model version from specified version string 'x': wanted a whole number$/,
    ],
    [
      'an unknown version',
      { modelName: 'm', modelVersion: '7', inputs: [input, input] },
      'unknown_version',
      /7/,
    ],
    [
      'an input twice',
      { modelName: 'm', inputs: [input, input], rawInputContents: [...raw, ...raw] },
      'invalid_request',
      /already exists/,
    ],
    [
      'an output twice',
      { modelName: 'm', outputs: [{ name: 'Y' }, { name: 'Y' }] },
      'invalid_request',
      /already exists/,
    ],
    [
      'an unknown datatype',
      { modelName: 'm', inputs: [{ ...input, datatype: 'FP99' }] },
      'invalid_request',
      /invalid datatype/,
    ],
    [
      'a negative dimension',
      { modelName: 'm', inputs: [{ ...input, shape: [1n, -2n] }], rawInputContents: raw },
      'invalid_request',
      /whole numbers/,
    ],
    [
      'a product beyond everything',
      {
        modelName: 'm',
        inputs: [{ ...input, shape: [2147483648n, 2147483648n, 4n] }],
        rawInputContents: raw,
      },
      'invalid_request',
      /shape/,
    ],
    [
      'fewer raw entries than inputs',
      { modelName: 'm', inputs: [input, { ...input, name: 'Z' }], rawInputContents: raw },
      'invalid_request',
      /each of 2 inputs, got 1/,
    ],
    [
      'more raw entries than inputs',
      { modelName: 'm', rawInputContents: raw },
      'invalid_request',
      /each of 0 inputs, got 1/,
    ],
    [
      'contents beside raw data',
      {
        modelName: 'm',
        inputs: [{ ...input, contents: { fp32Contents: [1] } }],
        rawInputContents: raw,
      },
      'invalid_request',
      /must not be specified/,
    ],
    [
      'no data at all',
      { modelName: 'm', inputs: [input] },
      'invalid_request',
      /1 elements, but came with 0/,
    ],
    [
      'too many elements',
      { modelName: 'm', inputs: [{ ...input, contents: { fp32Contents: [1, 2] } }] },
      'invalid_request',
      /1 elements, but came with 2/,
    ],
    [
      'typed and raw data of one input',
      {
        modelName: 'm',
        inputs: [{ ...input, contents: { fp32Contents: [1] } }],
        rawInputContents: [new Uint8Array(4)],
      },
      'invalid_request',
      /^contents field must not be specified when using raw_input_contents for 'X' for model 'm'$/,
    ],
    [
      'another list',
      { modelName: 'm', inputs: [{ ...input, contents: { fp64Contents: [1] } }] },
      'invalid_request',
      /fp32_contents, but came in fp64_contents/,
    ],
    [
      'FP16 not raw',
      { modelName: 'm', inputs: [{ ...input, datatype: 'FP16', contents: { fp32Contents: [1] } }] },
      'invalid_request',
      /raw_input_contents/,
    ],
    [
      'a number beyond INT8',
      {
        modelName: 'm',
        inputs: [{ ...input, datatype: 'INT8', contents: { intContents: [128] } }],
      },
      'invalid_request',
      /beyond what INT8 holds/,
    ],
    [
      'a number beyond UINT16',
      {
        modelName: 'm',
        inputs: [{ ...input, datatype: 'UINT16', contents: { uintContents: [65536] } }],
      },
      'invalid_request',
      /beyond what UINT16 holds/,
    ],
    [
      'fewer strings',
      {
        modelName: 'm',
        inputs: [
          {
            ...input,
            datatype: 'BYTES',
            shape: [2n],
            contents: { bytesContents: [Buffer.from('a')] },
          },
        ],
      },
      'invalid_request',
      /2 elements, but came with 1/,
    ],
    [
      "Triton's own parameters",
      { modelName: 'm', parameters: { triton_x: text('') } },
      'invalid_request',
      /reserved/,
    ],
    [
      'a timeout that is text',
      { modelName: 'm', parameters: { timeout: text('5') } },
      'invalid_request',
      /'timeout'/,
    ],
    [
      'a parameter without a value',
      { modelName: 'm', parameters: { a: {} } },
      'invalid_request',
      /invalid type/,
    ],
  ])('%s', (_, request, code, message) => {
    expect(() =>
      read(
        Buffer.from(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, request))),
      ),
    ).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error,
    );
  });

  test('many inputs and outputs take no longer, each, than few', () => {
    const bytesOf = (length: number): Buffer => {
      const names = Array.from({ length }, (_, n) => `a name of some length ${n}`);
      const inputs = names.map((name) => ({ name, datatype: 'FP32', shape: [0n] }));
      const outputs = names.map((name) => ({ name }));
      const request = create(ModelInferRequestSchema, { modelName: 'm', inputs, outputs });
      return Buffer.from(toBinary(ModelInferRequestSchema, request));
    };
    const [few, many] = [bytesOf(6_000), bytesOf(60_000)];
    // Ten times as many; comparing each with all before it takes a hundred times as long.
    const fewMs = Math.max(
      10,
      processorMs(() => read(few)),
    );
    expect(processorMs(() => read(many))).toBeLessThan(40 * fewMs);
  });

  test.each([
    ['a length beyond the end', [0x0a, 5, 0x6d]],
    ['a field with the number 0', [0x00, 1]],
    ['a group', [0x0b, 0x0c]],
    ['an end within a tag', [0x8a]],
    ['a tag without end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a number without end', [0x50, ...Array<number>(11).fill(0xff)]],
    ['a name that is a number', [0x08, 1]],
    ['text that is not UTF-8', [0x0a, 2, 0xc3, 0x28]],
    ['a length of 4 GB', [0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a dimension that is cut off', [0x0a, 1, 0x6d, 0x2a, 3, 0x1a, 1, 0x80]],
  ])('%s', (_, bytes) => {
    expect(() => read(Buffer.from(bytes))).toThrow(
      expect.objectContaining({ code: 'malformed_body' }) as Error,
    );
  });

  test('whatever comes is understood or refused, never a fault of ours', () => {
    const valid = toBinary(
      ModelInferRequestSchema,
      create(ModelInferRequestSchema, {
        modelName: 'm',
        id: 'a',
        parameters: { timeout: { parameterChoice: { case: 'int64Param', value: 5n } } },
        inputs: [
          { ...input, contents: { fp32Contents: [1] } },
          { ...input, name: 'Z' },
        ],
        outputs: [{ name: 'Y' }],
        rawInputContents: [...raw, ...raw],
      }),
    );
    const place = fc.nat(valid.length - 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1 }), place, (edits, cut) => {
        const message = Buffer.from(valid);
        for (const [at, byte] of edits) message[at] = byte;
        for (const bytes of [message, message.subarray(0, cut)]) {
          try {
            read(bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ShoalError' });
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
