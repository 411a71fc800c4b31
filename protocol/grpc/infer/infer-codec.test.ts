import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { fakeCatalog } from '../../../tests/support/fake-catalog';
import { tensors } from '../../../tests/support/arbitrary-tensors';
import { servable, spec } from '../../../tests/support/servables';
import { bytesElements } from '../../bytes-elements';
import { bytesPerElement, datatypes, type Datatype } from '../../datatype';
import type { InferResponse } from '../../infer';
import type { Tensor } from '../../tensor';
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
  ModelStreamInferResponseSchema,
} from '../generated/inference_pb';
import { prefixBytes, type OutgoingMessage } from '../wire/wire-writer';
import { createRequestReader } from './known-requests';
import { writeResponse, writeStreamError, writeStreamResponse } from './write-response';

type Request = MessageInitShape<typeof ModelInferRequestSchema>;

const catalog = fakeCatalog([servable([spec('X', [null])], [spec('Y', [null])])]);
const read = createRequestReader(catalog);

/** What our reader makes of a message that the library wrote. */
function readBack(request: Request) {
  return read(
    Buffer.from(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, request))),
  );
}

function about({ name, datatype, shape }: Tensor) {
  return { name, datatype, shape: shape.map(BigInt) };
}

function bytesOf(message: OutgoingMessage): Buffer {
  return Buffer.concat(message).subarray(prefixBytes);
}

type Listed = (bytes: Buffer, size: number) => object;

function each<Value>(bytes: Buffer, size: number, get: (at: number) => Value): Value[] {
  return Array.from({ length: bytes.length / size }, (_, at) => get(at * size));
}

const ints: Listed = (bytes, size) => ({
  intContents: each(bytes, size, (at) => bytes.readIntLE(at, size)),
});
const uints: Listed = (bytes, size) => ({
  uintContents: each(bytes, size, (at) => bytes.readUIntLE(at, size)),
});

/** The elements in the list of the library's message that is theirs. */
const contentsOf: Readonly<Record<Datatype, Listed>> = {
  BOOL: (bytes) => ({ boolContents: [...bytes].map((byte) => byte === 1) }),
  INT8: ints,
  INT16: ints,
  INT32: ints,
  UINT8: uints,
  UINT16: uints,
  UINT32: uints,
  INT64: (bytes) => ({ int64Contents: each(bytes, 8, (at) => bytes.readBigInt64LE(at)) }),
  UINT64: (bytes) => ({ uint64Contents: each(bytes, 8, (at) => bytes.readBigUInt64LE(at)) }),
  FP32: (bytes) => ({ fp32Contents: each(bytes, 4, (at) => bytes.readFloatLE(at)) }),
  FP64: (bytes) => ({ fp64Contents: each(bytes, 8, (at) => bytes.readDoubleLE(at)) }),
  BYTES: (bytes) => ({ bytesContents: bytesElements('X', bytes) }),
  FP16: () => ({}),
};

const anyTensor = fc.constantFrom(...datatypes).chain((datatype: Datatype) => tensors(datatype));

describe('requests', () => {
  test('raw data arrives as it was sent, without a copy', () => {
    fc.assert(
      fc.property(anyTensor, fc.string(), (tensor, id) => {
        const message = Buffer.from(
          toBinary(
            ModelInferRequestSchema,
            create(ModelInferRequestSchema, {
              modelName: 'm',
              modelVersion: '1',
              id,
              inputs: [about(tensor)],
              rawInputContents: [tensor.data],
            }),
          ),
        );
        const asked = read(message);
        expect({ ...asked.inputs[0], data: Buffer.from(asked.inputs[0]?.data ?? []) }).toEqual({
          ...tensor,
          data: Buffer.from(tensor.data),
        });
        expect([asked.model, asked.version, asked.call.id]).toEqual(['m', '1', id]);
        if (tensor.data.length > 0) expect(asked.inputs[0]?.data.buffer).toBe(message.buffer);
      }),
    );
  });

  test('typed contents become the bytes that raw data has', () => {
    fc.assert(
      fc.property(
        anyTensor.filter(({ datatype }) => datatype !== 'FP16'),
        (tensor) => {
          const input = {
            ...about(tensor),
            contents: contentsOf[tensor.datatype](
              Buffer.from(tensor.data),
              bytesPerElement(tensor.datatype),
            ),
          };
          const [found] = readBack({ modelName: 'm', inputs: [input] }).inputs;
          expect(found?.shape).toEqual(tensor.shape);
          expect(Buffer.from(found?.data ?? [])).toEqual(Buffer.from(tensor.data));
        },
      ),
    );
  });

  test('of the same fields before different data each request has its own', () => {
    const ask = (value: number, name = 'X') =>
      readBack({
        modelName: 'm',
        inputs: [{ name, datatype: 'UINT8', shape: [1n] }],
        rawInputContents: [Uint8Array.of(value)],
      }).inputs.map((input) => [input.name, ...input.data]);
    expect([ask(1), ask(2), ask(3, 'Z'), ask(4)]).toEqual([
      [['X', 1]],
      [['X', 2]],
      [['Z', 3]],
      [['X', 4]],
    ]);
  });

  test('parameters mean what they mean in JSON, outputs are named, unknown fields passed over', () => {
    const known = toBinary(
      ModelInferRequestSchema,
      create(ModelInferRequestSchema, {
        modelName: 'm.onnx',
        parameters: {
          timeout: { parameterChoice: { case: 'int64Param', value: 5000n } },
          priority: { parameterChoice: { case: 'uint64Param', value: 2n } },
          huge: { parameterChoice: { case: 'uint64Param', value: 2n ** 64n - 1n } },
          low: { parameterChoice: { case: 'int64Param', value: -(2n ** 63n) } },
          half: { parameterChoice: { case: 'doubleParam', value: 0.5 } },
          whole: { parameterChoice: { case: 'doubleParam', value: 3 } },
          text: { parameterChoice: { case: 'stringParam', value: 'grüße' } },
          __proto: { parameterChoice: { case: 'boolParam', value: true } },
          triton_enable_empty_final_response: {
            parameterChoice: { case: 'boolParam', value: true },
          },
        },
        outputs: [
          { name: 'Y' },
          {
            name: 'Z',
            parameters: { binary_data: { parameterChoice: { case: 'boolParam', value: true } } },
          },
        ],
      }),
    );
    const unknown = [Buffer.from([0x9a, 0x06, 1, 7]), Buffer.from([0xa0, 0x06, 0xff, 1])];
    const { call, model, emptyFinalResponse } = read(Buffer.concat([...unknown, known]));
    expect([model, call.outputs, emptyFinalResponse]).toEqual(['m', ['Y', 'Z'], true]);
    expect([call.timeoutUs, call.priority]).toEqual([5000, 2]);
    expect(Object.fromEntries(call.parameters)).toEqual({
      huge: 2n ** 64n - 1n,
      low: -(2n ** 63n),
      half: 0.5,
      whole: 3,
      text: 'grüße',
      __proto: true,
    });
  });

  test('classes are asked for as in JSON', () => {
    const { call } = readBack({
      modelName: 'm',
      outputs: [
        {
          name: 'Y',
          parameters: { classification: { parameterChoice: { case: 'int64Param', value: 3n } } },
        },
      ],
    });
    expect([...(call.classes ?? [])]).toEqual([['Y', 3]]);
  });
});

function answerWith(outputs: readonly Tensor[]): InferResponse {
  return { model: 'm', version: '3', outputs, host: 'h', batchRows: 1 };
}

describe('answers', () => {
  test('are what the library reads: always raw, an entry for each output', () => {
    fc.assert(
      fc.property(fc.array(anyTensor, { maxLength: 4 }), fc.string(), (outputs, id) => {
        const message = writeResponse({ id, final: false }, answerWith(outputs));
        const found = fromBinary(ModelInferResponseSchema, bytesOf(message));
        expect([found.modelName, found.modelVersion, found.id]).toEqual(['m', '3', id]);
        expect(
          found.outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
        ).toEqual(outputs.map(about));
        expect(found.rawOutputContents.map((data) => Buffer.from(data))).toEqual(
          outputs.map(({ data }) => Buffer.from(data)),
        );
      }),
    );
  });

  test('send large outputs from where they lie, in a stream, too', () => {
    const data = Buffer.alloc(100_000, 7);
    const large: Tensor = { name: 'Y', datatype: 'UINT8', shape: [100_000], data };
    const small: Tensor = { name: 'Z', datatype: 'UINT8', shape: [1], data: Uint8Array.of(9) };
    const response = answerWith([large, small]);
    const plain = writeResponse({ id: '', final: true }, response);
    expect(plain.some((piece) => piece.buffer === data.buffer)).toBe(true);
    const found = fromBinary(ModelInferResponseSchema, bytesOf(plain));
    expect(Buffer.from(found.rawOutputContents[0] ?? [])).toEqual(data);
    expect(found.parameters['triton_final_response']?.parameterChoice.value).toBe(true);
    const streamed = writeStreamResponse({ id: '', final: true }, response);
    expect(fromBinary(ModelStreamInferResponseSchema, bytesOf(streamed))).toMatchObject({
      errorMessage: '',
      inferResponse: found,
    });
  });

  test('say that an answer was kept', () => {
    const bytes = bytesOf(
      writeResponse({ id: '', final: false }, { ...answerWith([]), fromCache: true }),
    );
    const found = fromBinary(ModelInferResponseSchema, bytes);
    expect(found.parameters['shoal_cache']?.parameterChoice.value).toBe('hit');
  });

  test('say which error a default stands for, and why a request of a stream has failed', () => {
    const answer = { ...answerWith([]), defaultFor: 'no_host' } as const;
    const found = fromBinary(
      ModelInferResponseSchema,
      bytesOf(writeResponse({ id: '', final: false }, answer)),
    );
    expect(found.parameters['shoal_default_answer']?.parameterChoice.value).toBe('no_host');
    const why = 'näh'.repeat(100);
    const failed = writeStreamError(why, { id: '7', model: 'm' });
    expect(fromBinary(ModelStreamInferResponseSchema, bytesOf(failed))).toMatchObject({
      errorMessage: why,
      inferResponse: { id: '7', modelName: 'm' },
    });
  });
});
