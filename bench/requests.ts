import { create, toBinary } from '@bufbuild/protobuf';
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
} from '../protocol/grpc/generated/inference_pb';
import { prefixBytes } from '../protocol/grpc/wire/wire-writer';
import type { BareInput } from './bare/question';
import type { LoadRequest } from './load-request';

/** An input with numbers of four decimals from 0 to 1. */
export function input(name: string, shape: readonly number[]): BareInput {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const floats = Float32Array.from({ length: count }, (_, k) => ((k * 7919) % 10_000) / 10_000);
  return { name, shape, data: new Uint8Array(floats.buffer) };
}

/** A request, and what it is the request of. */
export interface ModelRequest {
  readonly model: string;
  /** The same input as the request's, for the runtime by itself. */
  readonly inputs: readonly BareInput[];
  readonly rows: number;
  readonly form: RequestForm;
  readonly request: LoadRequest;
  /** Bytes that a result has at least; 0 where its status says that it is one. */
  readonly leastAnswer: number;
  /** Regions of shared memory that it names, by the bytes in them; the last one takes the output. */
  readonly regions: Readonly<Record<string, Uint8Array>>;
}

/** How tensors travel. */
export type RequestForm = 'json' | 'binary' | 'grpc';

function parts(
  model: string,
  inputs: readonly BareInput[],
): Omit<ModelRequest, 'form' | 'request'> {
  return { model, inputs, rows: inputs[0]?.shape[0] ?? 1, leastAnswer: 0, regions: {} };
}

/** The request in JSON, with parameters such as a timeout. */
export function jsonRequest(
  model: string,
  inputs: readonly BareInput[],
  parameters: Readonly<Record<string, number>> = {},
): ModelRequest {
  const tensors = inputs.map(({ name, shape, data }) => {
    const floats = Array.from(new Float32Array(data.buffer), (value) => Number(value.toFixed(4)));
    return { name, shape, datatype: 'FP32', data: floats };
  });
  const call = Object.keys(parameters).length === 0 ? {} : { parameters };
  return {
    ...parts(model, inputs),
    form: 'json',
    request: {
      path: inferPath(model),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ ...call, inputs: tensors })),
    },
  };
}

/** The request with binary tensors behind its JSON. */
export function binaryRequest(model: string, inputs: readonly BareInput[]): ModelRequest {
  const tensors = inputs.map(({ name, shape, data }) => ({
    name,
    shape,
    datatype: 'FP32',
    parameters: { binary_data_size: data.length },
  }));
  const header = { inputs: tensors, parameters: { binary_data_output: true } };
  const head = Buffer.from(JSON.stringify(header));
  return {
    ...parts(model, inputs),
    form: 'binary',
    request: {
      path: inferPath(model),
      headers: {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(head.length),
      },
      body: Buffer.concat([head, ...inputs.map(({ data }) => data)]),
    },
  };
}

/** An output of FP32. */
export interface BareOutput {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The message of ModelInfer with its prefix, its data raw; these are the outputs. */
export function grpcRequest(
  model: string,
  inputs: readonly BareInput[],
  outputs: readonly BareOutput[],
): ModelRequest {
  const message = toBinary(
    ModelInferRequestSchema,
    create(ModelInferRequestSchema, {
      modelName: model,
      inputs: inputs.map(({ name, shape }) => ({
        name,
        datatype: 'FP32',
        shape: shape.map(BigInt),
      })),
      rawInputContents: inputs.map(({ data }) => data),
    }),
  );
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return {
    ...parts(model, inputs),
    form: 'grpc',
    leastAnswer: answerBytes(model, outputs),
    request: {
      path: '/inference.GRPCInferenceService/ModelInfer',
      headers: { 'content-type': 'application/grpc', te: 'trailers' },
      body: Buffer.concat([prefix, message]),
    },
  };
}

/** Bytes of the first version's answer with its prefix. */
function answerBytes(modelName: string, outputs: readonly BareOutput[]): number {
  const described = outputs.map(({ name, shape }) => ({
    name,
    datatype: 'FP32',
    shape: shape.map(BigInt),
  }));
  const rawOutputContents = outputs.map(
    ({ shape }) => new Uint8Array(4 * shape.reduce((product, dim) => product * dim, 1)),
  );
  const answer = { modelName, modelVersion: '1', outputs: described, rawOutputContents };
  const message = create(ModelInferResponseSchema, answer);
  return prefixBytes + toBinary(ModelInferResponseSchema, message).length;
}

/** The request that names regions of shared memory instead of carrying its input and its output. */
export function sharedRequest(
  model: string,
  given: BareInput,
  result: { readonly name: string; readonly bytes: number },
): ModelRequest {
  const [from, to] = [`${model}-${given.name}`, `${model}-${result.name}`];
  const within = (region: string, bytes: number): object => ({
    parameters: { shared_memory_region: region, shared_memory_byte_size: bytes },
  });
  const { name, shape, data } = given;
  const call = {
    inputs: [{ name, shape, datatype: 'FP32', ...within(from, data.length) }],
    outputs: [{ name: result.name, ...within(to, result.bytes) }],
  };
  return {
    ...parts(model, [given]),
    form: 'json',
    regions: { [from]: data, [to]: new Uint8Array(result.bytes) },
    request: {
      path: inferPath(model),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(call)),
    },
  };
}

function inferPath(model: string): string {
  return `/v2/models/${model}/infer`;
}
