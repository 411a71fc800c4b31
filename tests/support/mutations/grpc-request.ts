import { gzipSync } from 'node:zlib';
import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { grpcStatuses } from '../../../core/grpc-status';
import { HealthCheckRequestSchema } from '../../../protocol/grpc/generated/health_pb';
import * as inference from '../../../protocol/grpc/generated/inference_pb';
import { ServerReflectionRequestSchema } from '../../../protocol/grpc/generated/reflection_pb';
import { DataType } from '../../../protocol/grpc/generated/tf-tensor_pb';
import { PredictRequestSchema } from '../../../protocol/grpc/generated/tf-serving_pb';
import { encodeFields } from '../../../serving/http2/hpack/encode-fields';
import { encodeElements } from '../shared-cases';
import { endHeaders, endStream, frame } from '../http2-wire';
import type { GrpcAnswer } from './grpc-connection';

/** A call in the parts that are changed one by one. */
export interface GrpcRequest {
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Each in protobuf. */
  readonly messages: readonly Buffer[];
  /** What stands in front of its messages is flagged as packed. */
  readonly packed: boolean;
}

/** A call that is right, and how its answer is known to be. */
export interface ValidCall extends GrpcRequest {
  readonly name: string;
  /** What is wrong with the answer; undefined for nothing. */
  wrong(answer: GrpcAnswer): string | undefined;
}

export function headersFrame(id: number, { path, headers }: GrpcRequest, flags = 0): Buffer {
  const block = encodeFields([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', '127.0.0.1'],
    ['te', 'trailers'],
    ['content-type', 'application/grpc'],
    ...headers,
  ]);
  return frame('headers', id, block, endHeaders | flags);
}

/** All messages with their prefixes. */
export function bodyOf({ messages, packed }: GrpcRequest): Buffer {
  const parts = messages.flatMap((message) => {
    const bytes = packed ? gzipSync(message, { level: 1 }) : message;
    const prefix = Buffer.from([packed ? 1 : 0, 0, 0, 0, 0]);
    prefix.writeUInt32BE(bytes.length, 1);
    return [prefix, bytes];
  });
  return Buffer.concat(parts);
}

/** The whole call. */
export function framesOf(id: number, request: GrpcRequest, body = bodyOf(request)): Buffer {
  return Buffer.concat([headersFrame(id, request), frame('data', id, body, endStream)]);
}

function message<Desc extends DescMessage>(desc: Desc, init: MessageInitShape<Desc>): Buffer {
  return Buffer.from(toBinary(desc, create(desc, init)));
}

function call(method: string, ...messages: Buffer[]): GrpcRequest {
  const path = method.startsWith('/') ? method : `/inference.GRPCInferenceService/${method}`;
  return { path, headers: [], messages, packed: false };
}

/** The messages of an answer that is none of an error; a text says what is wrong instead. */
function messagesIn({ fields, body, reset }: GrpcAnswer): Buffer[] | string {
  if (reset !== undefined) return `reset with ${reset}`;
  const status = fields.get('grpc-status');
  if (status !== String(grpcStatuses.OK)) return JSON.stringify([...fields]);
  const messages: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    messages.push(body.subarray(at + 5, end));
    at = end;
  }
  return messages;
}

/** Right where the one message of the answer has these bytes in it. */
function holds(...pieces: readonly (Buffer | string)[]): ValidCall['wrong'] {
  return (answer) => {
    const messages = messagesIn(answer);
    if (typeof messages === 'string') return messages;
    if (messages.length !== 1) return `${messages.length} messages`;
    const missing = pieces.find((piece) => messages[0]?.includes(piece) === false);
    return missing === undefined ? undefined : `without ${missing.toString('hex')}`;
  };
}

/** Right where the answer is an error of this code. */
function refuses(code: string): ValidCall['wrong'] {
  return ({ fields }) => (fields.get('shoal-error') === code ? undefined : 'no such refusal');
}

/** Right where each message is the answer to the request of the same place. */
function idsInOrder(...ids: readonly string[]): ValidCall['wrong'] {
  return (answer) => {
    const messages = messagesIn(answer);
    if (typeof messages === 'string') return messages;
    const found = messages.map(
      (one) =>
        fromBinary(inference.ModelStreamInferResponseSchema, one).inferResponse?.id ?? 'none',
    );
    return found.join() === ids.join() ? undefined : `answers to ${found.join()}`;
  };
}

const numbers = Array.from({ length: 16 }, (_, index) => index);
const int32 = (values: readonly number[]): Buffer => Buffer.from(encodeElements('INT32', values));
const pair = (contents?: { intContents: number[] }) =>
  ['INPUT0', 'INPUT1'].map((name) => ({
    name,
    datatype: 'INT32',
    shape: [1n, 16n],
    ...(contents && { contents }),
  }));

function addSub(more: MessageInitShape<typeof inference.ModelInferRequestSchema> = {}): Buffer {
  return message(inference.ModelInferRequestSchema, {
    modelName: 'add-sub',
    inputs: pair(),
    rawInputContents: [int32(numbers), int32(numbers)],
    ...more,
  });
}

const sums = int32(numbers.map((value) => 2 * value));
const parameters = {
  timeout: { parameterChoice: { case: 'int64Param', value: 60_000_000n } },
  priority: { parameterChoice: { case: 'uint64Param', value: 2n } },
  note: { parameterChoice: { case: 'stringParam', value: 'x' } },
} as const;

const packed: GrpcRequest = {
  ...call('ModelInfer', addSub()),
  headers: [['grpc-encoding', 'gzip']],
  packed: true,
};

const words = message(inference.ModelInferRequestSchema, {
  modelName: 'words',
  inputs: [{ name: 'word', datatype: 'BYTES', shape: [2n] }],
  rawInputContents: [encodeElements('BYTES', ['good', 'zebra'])],
});
const iris = { name: 'iris' };
const absent = { modelName: 'absent' };

const predict = message(PredictRequestSchema, {
  modelSpec: { name: 'add-sub', signatureName: 'serving_default' },
  inputs: Object.fromEntries(
    ['INPUT0', 'INPUT1'].map((name) => [
      name,
      {
        dtype: DataType.DT_INT32,
        tensorShape: { dim: [{ size: 1n }, { size: 16n }] },
        tensorContent: int32(numbers),
      },
    ]),
  ),
});

const region = message(inference.SystemSharedMemoryRegisterRequestSchema, {
  name: 'm',
  key: '/shoal-no-such-object',
  byteSize: 16n,
});

/** Calls of each kind that an inferrer with the example models answers. */
export const validCalls: readonly ValidCall[] = [
  { name: 'raw', ...call('ModelInfer', addSub()), wrong: holds(sums) },
  {
    name: 'typed',
    ...call('ModelInfer', addSub({ inputs: pair({ intContents: numbers }), rawInputContents: [] })),
    wrong: holds(sums),
  },
  { name: 'gzip', ...packed, wrong: holds(sums) },
  {
    name: 'parameters',
    ...call('ModelInfer', addSub({ id: '7', parameters })),
    wrong: holds(sums),
  },
  { name: 'strings', ...call('ModelInfer', words), wrong: holds('words') },
  {
    name: 'stream',
    ...call('ModelStreamInfer', addSub({ id: 'a' }), addSub({ id: 'b' })),
    wrong: idsInOrder('a', 'b'),
  },
  {
    name: 'metadata',
    ...call('ModelMetadata', message(inference.ModelMetadataRequestSchema, iris)),
    wrong: holds('onnxruntime_onnx'),
  },
  {
    name: 'configuration',
    ...call('ModelConfig', message(inference.ModelConfigRequestSchema, iris)),
    wrong: holds('iris'),
  },
  {
    name: 'statistics',
    ...call('ModelStatistics', message(inference.ModelStatisticsRequestSchema, iris)),
    wrong: holds('iris'),
  },
  {
    name: 'index',
    ...call('RepositoryIndex', message(inference.RepositoryIndexRequestSchema, { ready: true })),
    wrong: holds('add-sub', 'READY'),
  },
  {
    name: 'health',
    ...call('/grpc.health.v1.Health/Check', message(HealthCheckRequestSchema, {})),
    wrong: holds(Buffer.from([8, 1])),
  },
  {
    name: 'reflection',
    ...call(
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      message(ServerReflectionRequestSchema, {
        messageRequest: { case: 'listServices', value: '*' },
      }),
    ),
    wrong: holds('inference.GRPCInferenceService'),
  },
  {
    name: 'predict',
    ...call('/tensorflow.serving.PredictionService/Predict', predict),
    wrong: holds('OUTPUT0', 'OUTPUT1'),
  },
  {
    name: 'load',
    ...call('RepositoryModelLoad', message(inference.RepositoryModelLoadRequestSchema, absent)),
    wrong: refuses('unknown_model'),
  },
  {
    name: 'region',
    ...call('SystemSharedMemoryRegister', region),
    wrong: refuses('invalid_request'),
  },
];
