import {
  binaryRequest,
  grpcRequest,
  input,
  jsonRequest,
  sharedRequest,
  type BareOutput,
  type ModelRequest,
} from './requests';

/** What the cluster is compared with. */
export const bareNames = ['bare x1', 'bare x2', 'bare rested'] as const;
export type BareName = (typeof bareNames)[number];
export type Reference = EchoName | BareName;
/** One over node:http, one over node:http2. */
export type EchoName = 'echo' | 'h2-echo';

/** One kind of request, repeated by some number of connections. */
export interface Scenario extends ModelRequest {
  readonly name: string;
  /** How many requests are under way together. */
  readonly connections: readonly number[];
  /** The ones of these that tell most. */
  readonly quickConnections: readonly number[];
  /** With so many connections; echo where serving is what costs, bare where computing is. */
  readonly references: (connections: number) => readonly Reference[];
}

/** What most of the models give. */
function classes(count: number): BareOutput {
  return { name: 'probabilities', shape: [1, count] };
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
    ...grpcRequest(
      'bench-tiny',
      [input('INPUT0', [1, 16]), input('INPUT1', [1, 16])],
      [
        { name: 'OUTPUT0', shape: [1, 16] },
        { name: 'OUTPUT1', shape: [1, 16] },
      ],
    ),
    name: 'tiny-grpc',
    connections: usual,
    quickConnections: [64],
    references: () => ['h2-echo'],
  },
  {
    ...grpcRequest('bench-mlp', [input('x', [1, 784])], [classes(10)]),
    name: 'mlp-grpc',
    connections: usual,
    quickConnections: [64],
    references: () => ['h2-echo'],
  },
  {
    ...sharedRequest('bench-mlp', input('x', [1, 784]), { name: 'probabilities', bytes: 40 }),
    name: 'mlp-shared',
    connections: usual,
    quickConnections: [64],
    references: () => ['echo'],
  },
  {
    ...binaryRequest('bench-conv', [input('x', [1, 3, 224, 224])]),
    name: 'conv-binary',
    connections: usual,
    quickConnections: [1, 8],
    references: bareFor,
  },
  {
    ...grpcRequest('bench-conv', [input('x', [1, 3, 224, 224])], [classes(1000)]),
    name: 'conv-grpc',
    connections: usual,
    quickConnections: [8],
    references: bareFor,
  },
  {
    ...sharedRequest('bench-conv', input('x', [1, 3, 224, 224]), {
      name: 'probabilities',
      bytes: 4000,
    }),
    name: 'conv-shared',
    connections: usual,
    quickConnections: [1],
    references: (connections) =>
      connections === 1 ? ['bare x1', 'bare rested'] : bareFor(connections),
  },
];

/** One caller at a time has one runner busy. */
function bareFor(connections: number): readonly Reference[] {
  return [connections === 1 ? 'bare x1' : 'bare x2'];
}
