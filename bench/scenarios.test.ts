import { fromBinary } from '@bufbuild/protobuf';
import path from 'node:path';
import { ModelInferRequestSchema } from '../protocol/grpc/generated/inference_pb';
import { scenarios, type Scenario } from './scenarios';
import { benchModels } from './models';

it('has models that there are and no name twice', () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  expect(Object.keys(benchModels)).toEqual(
    expect.arrayContaining(scenarios.map(({ model }) => model)),
  );
});

/** What a request asks for, and the bytes of its inputs, wherever they are. */
interface Read {
  readonly path: string;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly data: Buffer;
}

interface Call {
  inputs: {
    name: string;
    shape: number[];
    data?: number[];
    parameters?: { shared_memory_region?: string };
  }[];
}

function readHttp({ request, regions }: Scenario): Read {
  const { body, headers, path: route } = request;
  const length = Number(headers['inference-header-content-length'] ?? body.length);
  const { inputs } = JSON.parse(Buffer.from(body.subarray(0, length)).toString()) as Call;
  const inRequest = inputs.map(({ data, parameters }) => {
    const region = parameters?.shared_memory_region;
    if (region !== undefined) return regions[region]!;
    return data === undefined ? Buffer.alloc(0) : Buffer.from(Float32Array.from(data).buffer);
  });
  return { path: route, inputs, data: Buffer.concat([...inRequest, body.subarray(length)]) };
}

function readGrpc({ request }: Scenario): Read {
  const { body } = request;
  expect([body[0], Buffer.from(body).readUInt32BE(1)]).toEqual([0, body.length - 5]);
  const message = fromBinary(ModelInferRequestSchema, body.subarray(5));
  const inputs = message.inputs.map(({ name, shape }) => ({ name, shape: shape.map(Number) }));
  const data = Buffer.concat(message.rawInputContents);
  return { path: `/v2/models/${message.modelName}/infer`, inputs, data };
}

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, one) => {
  const read = one.form === 'grpc' ? readGrpc : readHttp;

  it('asks for its model with the inputs that bare gets', () => {
    const { path: url, inputs } = read(one);
    expect(url).toBe(`/v2/models/${one.model}/infer`);
    expect(path.posix.normalize(url)).toBe(url);
    expect(inputs.map(({ name, shape }) => ({ name, shape }))).toEqual(
      one.inputs.map(({ name, shape }) => ({ name, shape })),
    );
  });

  it('carries the numbers, or names where they are', () => {
    const wanted = Buffer.concat(one.inputs.map(({ data }) => data));
    expect(read(one).data.equals(wanted)).toBe(true);
  });
});

it.each([
  ['tiny-grpc', 194],
  ['mlp-grpc', 88],
])('an answer to %s has the bytes that a whole one has', (name, bytes) => {
  expect(scenarios.find((scenario) => scenario.name === name)?.leastAnswer).toBe(bytes);
});
