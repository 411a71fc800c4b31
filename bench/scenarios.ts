import type { BareInput } from './bare/question';
import type { WrkRequest } from './wrk';

/** What the cluster is compared with. */
export type Reference = 'echo' | 'bare x1' | 'bare x2';

/** One kind of request, repeated by some number of connections. */
export interface Scenario {
  readonly name: string;
  readonly model: string;
  /** The same input as the request's, for the runtime by itself. */
  readonly inputs: readonly BareInput[];
  readonly rows: number;
  readonly json: boolean;
  readonly request: WrkRequest;
  readonly connections: readonly number[];
  /** The ones of these that tell most. */
  readonly quickConnections: readonly number[];
  /** With so many connections; echo where serving is what costs, bare where computing is. */
  readonly references: (connections: number) => readonly Reference[];
}

const usual = [1, 8, 64] as const;

/** In the order in which they are measured. */
export const scenarios: readonly Scenario[] = [
  {
    ...jsonRequest('bench-tiny', [input('INPUT0', [1, 16]), input('INPUT1', [1, 16])]),
    name: 'tiny-json',
    connections: usual,
    quickConnections: [1, 64],
    references: () => ['echo'],
  },
  {
    ...jsonRequest('bench-mlp', [input('x', [1, 784])]),
    name: 'mlp-json',
    connections: usual,
    quickConnections: [64],
    references: () => ['echo'],
  },
  {
    ...binaryRequest('bench-mlp', [input('x', [1, 784])]),
    name: 'mlp-binary',
    connections: usual,
    quickConnections: [64],
    references: () => ['echo'],
  },
  {
    ...binaryRequest('bench-mlp', [input('x', [32, 784])]),
    name: 'mlp-batches',
    connections: usual,
    quickConnections: [8],
    references: () => ['bare x1', 'bare x2'],
  },
  {
    ...binaryRequest('bench-conv', [input('x', [1, 3, 224, 224])]),
    name: 'conv-binary',
    connections: usual,
    quickConnections: [1, 8],
    references: (connections) => [connections === 1 ? 'bare x1' : 'bare x2'],
  },
];

/** An input with numbers of four decimals from 0 to 1. */
export function input(name: string, shape: readonly number[]): BareInput {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const floats = Float32Array.from({ length: count }, (_, k) => ((k * 7919) % 10_000) / 10_000);
  return { name, shape, data: new Uint8Array(floats.buffer) };
}

type Parts = Pick<Scenario, 'model' | 'inputs' | 'rows' | 'json' | 'request'>;

function parts(model: string, inputs: readonly BareInput[]): Omit<Parts, 'json' | 'request'> {
  return { model, inputs, rows: inputs[0]?.shape[0] ?? 1 };
}

/** The request in JSON, with parameters such as a timeout. */
export function jsonRequest(
  model: string,
  inputs: readonly BareInput[],
  parameters: Readonly<Record<string, number>> = {},
): Parts {
  const tensors = inputs.map(({ name, shape, data }) => {
    const floats = Array.from(new Float32Array(data.buffer), (value) => Number(value.toFixed(4)));
    return { name, shape, datatype: 'FP32', data: floats };
  });
  const call = Object.keys(parameters).length === 0 ? {} : { parameters };
  return {
    ...parts(model, inputs),
    json: true,
    request: {
      path: inferPath(model),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ ...call, inputs: tensors })),
    },
  };
}

function binaryRequest(model: string, inputs: readonly BareInput[]): Parts {
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
    json: false,
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

function inferPath(model: string): string {
  return `/v2/models/${model}/infer`;
}
