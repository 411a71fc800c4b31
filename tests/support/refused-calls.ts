import { tensor } from '../../examples/constants';
import { writeModel } from '../../examples/onnx-writer';
import { bytesData } from '../../protocol/bytes-elements';

/** X FP32[rows,2] and S BYTES[2], each given back as it is. */
export const mixed = writeModel({
  opsets: { 'ai.onnx': 17 },
  graph: {
    name: 'mixed',
    inputs: [tensor('X', 'float', ['rows', 2]), tensor('S', 'string', [2])],
    outputs: [tensor('Y', 'float', ['rows', 2]), tensor('T', 'string', [2])],
    nodes: [
      { op: 'Identity', inputs: ['X'], outputs: ['Y'] },
      { op: 'Identity', inputs: ['S'], outputs: ['T'] },
    ],
  },
});

export const numbers = Buffer.from(new Uint8Array(Float32Array.of(1.5, -2).buffer));
export const texts = Buffer.from(bytesData(['héllo', '']));
const overrun = Buffer.from(texts).fill(99, 0, 1);

export type Input = Readonly<Record<string, unknown>>;

/** A request over HTTP: its JSON, what stands behind it, and what its header says of the JSON. */
export interface HttpCall {
  readonly inputs: readonly Input[];
  readonly behind?: Buffer;
  readonly headerLength?: string;
  readonly more?: object;
}

interface GrpcMessage {
  readonly inputs: readonly Input[];
  readonly raw_input_contents: readonly Buffer[];
}

export const x = { name: 'X', shape: [1, 2], datatype: 'FP32' };
export const s = { name: 'S', shape: [2], datatype: 'BYTES' };

function binary(input: Input, bytes: number): Input {
  return { ...input, parameters: { binary_data_size: bytes } };
}

export const goodInputs = [binary(x, 8), binary(s, 14)];
export const goodHttp: HttpCall = { inputs: goodInputs, behind: Buffer.concat([numbers, texts]) };
export const goodGrpc: GrpcMessage = { inputs: [x, s], raw_input_contents: [numbers, texts] };

/** The same fault over HTTP and, where it can be made there, over gRPC. */
interface Refusal {
  readonly http: HttpCall;
  readonly grpc?: GrpcMessage;
  readonly words: string;
}

export const refusals: Readonly<Record<string, Refusal>> = {
  'JSON said to be longer than the body': {
    http: { ...goodHttp, headerLength: '300' },
    words: '300',
  },
  'a negative length of JSON': { http: { ...goodHttp, headerLength: '-1' }, words: '-1' },
  'a length of JSON that is no number': {
    http: { ...goodHttp, headerLength: 'abc' },
    words: 'abc',
  },
  'a byte too many for numbers': {
    http: {
      inputs: [binary(x, 9), binary(s, 14)],
      behind: Buffer.concat([numbers, Buffer.of(0), texts]),
    },
    grpc: { ...goodGrpc, raw_input_contents: [Buffer.concat([numbers, Buffer.of(0)]), texts] },
    words: "'X'",
  },
  'a byte too few for texts': {
    http: {
      inputs: [binary(x, 8), binary(s, 13)],
      behind: Buffer.concat([numbers, texts.subarray(0, 13)]),
    },
    grpc: { ...goodGrpc, raw_input_contents: [numbers, texts.subarray(0, 13)] },
    words: "'S'",
  },
  'data behind that of all inputs': {
    http: { ...goodHttp, behind: Buffer.concat([numbers, texts, Buffer.of(0)]) },
    grpc: { ...goodGrpc, raw_input_contents: [numbers, texts, Buffer.of(0)] },
    words: '',
  },
  'data in both places': {
    http: { ...goodHttp, inputs: [{ ...binary(x, 8), data: [1.5, -2] }, binary(s, 14)] },
    grpc: { ...goodGrpc, inputs: [{ ...x, contents: { fp32_contents: [1.5, -2] } }, s] },
    words: "'X'",
  },
  'data in neither place': {
    http: { inputs: [x, binary(s, 14)], behind: texts },
    grpc: { inputs: [x, s], raw_input_contents: [] },
    words: "'X'",
  },
  'a text that runs past its end': {
    http: { ...goodHttp, behind: Buffer.concat([numbers, overrun]) },
    grpc: { ...goodGrpc, raw_input_contents: [numbers, overrun] },
    words: "'S'",
  },
  'a negative size': withShape([1, -2]),
  'sizes whose product overflows': withShape([2 ** 31 - 1, 2 ** 31 - 1]),
  'sizes beyond 32 bits': withShape([2_147_483_648, 2_147_483_648, 4]),
};

function withShape(shape: readonly number[]): Refusal {
  return {
    http: { ...goodHttp, inputs: [{ ...binary(x, 8), shape }, binary(s, 14)] },
    grpc: { ...goodGrpc, inputs: [{ ...x, shape }, s] },
    words: "'X'",
  };
}
