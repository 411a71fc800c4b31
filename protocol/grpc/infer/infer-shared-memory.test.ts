import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { fakeCatalog } from '../../../tests/support/fake-catalog';
import { servable, spec } from '../../../tests/support/servables';
import type { Tensor } from '../../tensor';
import { ModelInferRequestSchema, ModelInferResponseSchema } from '../generated/inference_pb';
import { prefixBytes } from '../wire/wire-writer';
import { createRequestReader } from './known-requests';
import { writeResponse } from './write-response';

type Request = MessageInitShape<typeof ModelInferRequestSchema>;

const catalog = fakeCatalog([servable([spec('X', [null])], [spec('Y', [null])])]);
const read = createRequestReader(catalog);

function readBack(request: Request) {
  const message = create(ModelInferRequestSchema, { modelName: 'm', ...request });
  return read(Buffer.from(toBinary(ModelInferRequestSchema, message)));
}

const text = (value: string) => ({ parameterChoice: { case: 'stringParam', value } as const });
const bytes = (value: bigint) => ({ parameterChoice: { case: 'int64Param', value } as const });
const input = { name: 'X', datatype: 'UINT8', shape: [1n] };
const region = { shared_memory_region: text('r'), shared_memory_byte_size: bytes(1n) };

test('inputs in regions have no entry of raw_input_contents; the others keep theirs', () => {
  const { call, inputs } = readBack({
    inputs: [
      { ...input, name: 'A' },
      { ...input, name: 'B', parameters: { ...region, shared_memory_offset: bytes(8n) } },
      { ...input, name: 'C' },
    ],
    outputs: [{ name: 'Y' }, { name: 'Z', parameters: region }],
    rawInputContents: [Uint8Array.of(1), Uint8Array.of(3)],
  });
  expect(inputs.map(({ name, data }) => [name, ...data])).toEqual([['A', 1], ['B'], ['C', 3]]);
  expect(call.inputParts).toEqual([{ input: 1, region: 'r', offset: 8, byteSize: 1 }]);
  expect(call.outputParts).toEqual([undefined, { region: 'r', offset: 0, byteSize: 1 }]);
});

test('all inputs may lie in regions, or some beside typed ones', () => {
  const shared = { ...input, name: 'B', parameters: region };
  expect(readBack({ inputs: [shared] }).call.inputParts).toHaveLength(1);
  const contents = { uintContents: [7] };
  const { inputs } = readBack({ inputs: [shared, { ...input, contents }] });
  expect(inputs.map(({ name, data }) => [name, ...data])).toEqual([['B'], ['X', 7]]);
});

test.each<[string, Request, RegExp]>([
  [
    'no size',
    { inputs: [{ ...input, parameters: { shared_memory_region: text('r') } }] },
    /shared_memory_byte_size/,
  ],
  [
    'no name',
    { inputs: [{ ...input, parameters: { ...region, shared_memory_region: text('') } }] },
    /name of a region/,
  ],
  [
    'a negative offset',
    { inputs: [{ ...input, parameters: { ...region, shared_memory_offset: bytes(-1n) } }] },
    /shared_memory_offset/,
  ],
  [
    'contents as well',
    { inputs: [{ ...input, parameters: region, contents: { uintContents: [1] } }] },
    /contents field must not be specified/,
  ],
  [
    'an entry of raw_input_contents as well',
    { inputs: [{ ...input, parameters: region }], rawInputContents: [Uint8Array.of(1)] },
    /each of 1 inputs but 1 in shared memory, got 1/,
  ],
  [
    'an output without a size',
    { outputs: [{ name: 'Y', parameters: { shared_memory_region: text('r') } }] },
    /shared_memory_byte_size/,
  ],
])('refused: %s', (_, request, message) => {
  expect(() => readBack(request)).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      message: expect.stringMatching(message) as string,
    }) as Error,
  );
});

test('of an output in a region the answer has an empty entry', () => {
  const outputs = ['Y', 'Z'].map((name): Tensor => ({
    name,
    datatype: 'UINT8',
    shape: [1],
    data: Uint8Array.of(9),
  }));
  const part = { region: 'r', offset: 0, byteSize: 1 };
  const terms = { id: '', final: false, names: ['Z', 'Y'], parts: [part, undefined] };
  const response = { model: 'm', version: '1', outputs, host: 'h', batchRows: 1 };
  const message = Buffer.concat(writeResponse(terms, response)).subarray(prefixBytes);
  const found = fromBinary(ModelInferResponseSchema, message);
  expect(found.outputs.map(({ name }) => name)).toEqual(['Y', 'Z']);
  expect(found.rawOutputContents.map((data) => [...data])).toEqual([[9], []]);
});
