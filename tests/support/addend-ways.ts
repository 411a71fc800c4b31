import type { TestCluster } from './cluster';
import { GrpcClient, grpcPort, services } from './grpc-client';
import { inferGrpc } from './grpc-infer';
import { elementsOf, inferBinary, inferJson, type OipAnswer, type OipCall } from './oip-calls';
import { encodeElements } from './shared-cases';

/** What a model of `plusModel` adds, asked with `x`. */
type AskAddend = (model: string, x: number) => Promise<number>;

/** What the names of ways begin with that ask for the label. */
export const labelled = 'label: ';

/** Ways to ask the inferrers of a cluster for a model's default, or for its label `live`. */
export interface AddendWays {
  /** One of them, each in its turn, with its name. */
  of(turn: number): readonly [name: string, AskAddend];
  /** Names of those that have not answered yet. */
  unasked(): string[];
  close(): void;
}

export async function addendWays(cluster: TestCluster): Promise<AddendWays> {
  const ports = await Promise.all(cluster.inferrers.map(grpcPort));
  const clients = ports.map((port) => new GrpcClient(services.inference, port));
  const answered = new Set<string>();
  const all = cluster.urls.flatMap((url, at) => waysOf(url, clients[at]!));
  const noted = all.map(([name, ask]) => {
    const asking: AskAddend = async (model, x) => {
      const addend = await ask(model, x);
      answered.add(name);
      return addend;
    };
    return [name, asking] as const;
  });
  return {
    of: (turn) => noted[turn % noted.length]!,
    unasked: () => noted.map(([name]) => name).filter((name) => !answered.has(name)),
    close() {
      for (const client of clients) client.close();
    },
  };
}

function waysOf(url: string, client: GrpcClient): (readonly [string, AskAddend])[] {
  const oip = (infer: (call: OipCall) => Promise<OipAnswer>): AskAddend => {
    return async (model, x) => {
      const data = encodeElements('FP32', [x]);
      const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 1], data }] as const;
      const { outputs } = await infer({ url, model, inputs });
      return Number(elementsOf(outputs[0]!)[0]) - x;
    };
  };
  const v1 = `${url}/v1/models`;
  const forms: [string, AskAddend][] = [
    ['JSON', oip(inferJson)],
    ['binary', oip(inferBinary)],
    ['gRPC', oip((call) => inferGrpc(client, call))],
  ];
  return [
    ...forms,
    ['TensorFlow Serving', (model, x) => predicted(`${v1}/${model}:predict`, x)],
    ...forms.map(([name, ask]): [string, AskAddend] => {
      return [`${labelled}${name}`, (model, x) => ask(`${model}:live`, x)];
    }),
    [
      `${labelled}TensorFlow Serving`,
      (model, x) => predicted(`${v1}/${model}/labels/live:predict`, x),
    ],
  ];
}

async function predicted(url: string, x: number): Promise<number> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ instances: [[x]] }) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
  const { predictions } = JSON.parse(text) as { predictions: number[][] };
  return Number(predictions[0]![0]) - x;
}
