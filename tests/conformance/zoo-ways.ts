import type { TestCluster } from '../support/cluster';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { grpcRefusal, inferGrpc } from '../support/grpc-infer';
import {
  inferBinary,
  inferJson,
  OipRefusal,
  type OipAnswer,
  type OipCall,
} from '../support/oip-calls';
import type { StartedProcess } from '../support/processes';

/** One form of the same call at one place. */
export interface ZooWay {
  readonly name: string;
  infer(call: Omit<OipCall, 'url'>): Promise<OipAnswer>;
  /** Expects that the call fails because the model cannot compute on its data. */
  expectRunFails(call: Omit<OipCall, 'url'>): Promise<void>;
}

/** An inferrer or a modelhost, by its own ports. */
export interface ZooPlace {
  readonly url: string;
  /** Whether it is asked in JSON, too, which takes long: all read it alike, whatever is behind them. */
  readonly json: boolean;
  /** Binary and gRPC, after JSON where it is asked in that. */
  readonly ways: readonly ZooWay[];
  close(): void;
}

/** Every inferrer of the cluster, the first in JSON as well, and a host by itself. */
export async function zooPlaces(cluster: TestCluster): Promise<ZooPlace[]> {
  const inferrers = cluster.urls.map((url, at) => placeOf(url, cluster.inferrers[at]!, at === 0));
  const [host] = await cluster.hosts();
  const itself = placeOf(host!.url, cluster.modelhosts.get(host!.id)!, false);
  return Promise.all([...inferrers, itself]);
}

async function placeOf(url: string, process: StartedProcess, json: boolean): Promise<ZooPlace> {
  const [name, port] = [process.name, await grpcPort(process)];
  const client = new GrpcClient(services.inference, port);
  const overHttp = (form: string, infer: typeof inferJson): ZooWay => ({
    name: `${form} at ${name}`,
    infer: (call) => infer({ ...call, url }),
    expectRunFails: (call) => expectRunFails(infer({ ...call, url })),
  });
  const overGrpc: ZooWay = {
    name: `gRPC at ${name}`,
    infer: (call) => inferGrpc(client, { ...call, url }),
    async expectRunFails(call) {
      const refusal = await grpcRefusal(inferGrpc(client, { ...call, url }));
      expect(refusal).toEqual(['INVALID_ARGUMENT', 'run_failed']);
    },
  };
  return {
    url,
    json,
    ways: [
      ...(json ? [overHttp('JSON', inferJson)] : []),
      overHttp('binary', inferBinary),
      overGrpc,
    ],
    close: () => {
      client.close();
    },
  };
}

/** Expects a refusal over HTTP that says that the model cannot compute on the data. */
export async function expectRunFails(answer: Promise<unknown>): Promise<void> {
  const error = await answer.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OipRefusal);
  const { status, text } = error as OipRefusal;
  expect([status, JSON.parse(text)]).toEqual([
    400,
    expect.objectContaining({ code: 'run_failed' }),
  ]);
}
