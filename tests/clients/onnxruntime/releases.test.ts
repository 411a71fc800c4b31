import { readdirSync } from 'node:fs';
import { startCluster, type TestCluster } from '../../support/cluster';
import { describeWhere } from '../../support/describe-where';
import { reluModel } from '../../support/small-models';
import { uploadedTo } from '../../support/uploaded-to';
import { manage, upload } from '../../support/uploads';
import { nodePackageOf } from '../install/node-tool';
import { isInstalled } from '../install/tool';
import { earlierRuntime } from '../install/tools';

const missing = isInstalled(earlierRuntime) ? undefined : 'onnxruntime-node 1.22 is not installed';

interface Output {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

describeWhere(missing, 'two releases of ONNX Runtime in one cluster', () => {
  let cluster: TestCluster;
  const urls = new Map<string, string>();

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'direct', hosts: 1 });
    cluster.addHost({ HOST_ID: 'earlier', RUNTIME_DIRECTORY: nodePackageOf(earlierRuntime) });
    await cluster.ready('h1', 'earlier');
    for (const { id, url } of await cluster.hosts()) urls.set(id, url);
  });

  afterAll(() => cluster.stop());

  const releaseOf = async (host: string): Promise<string | undefined> => {
    const text = await (await fetch(`${urls.get(host)}/metrics`)).text();
    return /^shoal_runtime_info\{.*release="(.+?)"\} 1$/m.exec(text)?.[1];
  };

  async function answerOf(host: string, model: string, call: object): Promise<readonly Output[]> {
    const url = urls.get(host) ?? '';
    const { status, body } = await manage(url, 'POST', `/v2/models/${model}/infer`, call);
    expect([model, status]).toEqual([model, 200]);
    return body['outputs'] as Output[];
  }

  /** Equal, but for the last digits. */
  const about = ({ data, ...head }: Output): object => ({
    ...head,
    data: data.map((value) =>
      typeof value === 'number' ? (expect.closeTo(value, 4) as unknown) : value,
    ),
  });

  test('are two services that give the same answers, each of which says what it is', async () => {
    expect(await releaseOf('earlier')).toBe(earlierRuntime.version);
    expect(await releaseOf('h1')).not.toBe(earlierRuntime.version);
    for (const model of readdirSync('examples/models')) {
      const { body } = await manage(cluster.url, 'GET', `/api/v1/models/${model}/example`);
      const usual = await answerOf('h1', model, body);
      expect(await answerOf('earlier', model, body)).toEqual(usual.map(about));
    }
  });

  test('what one of them cannot load gets no name: refused with the reason of that one', async () => {
    const model = new Uint8Array(reluModel({}, { opsets: { 'ai.onnx': 26 } }));
    // The try of that host takes what the other one cannot load.
    const late = uploadedTo('late', ['h1', 'earlier']);
    const { status, body } = await upload(cluster.url, late, model);
    const why = /^Modelhost earlier cannot serve version 1 of model 'late-\d+': .*opset 26/i;
    expect([status, body.error]).toEqual([422, expect.stringMatching(why)]);
    const states = body.hosts.map(({ host, state }) => [host, state]);
    expect(states).toContainEqual(['earlier', 'failed']);
    expect(states.map(([host]) => host).sort()).toEqual(['earlier', 'h1']);
    for (const url of [cluster.url, ...urls.values()]) {
      expect((await manage(url, 'GET', `/v2/models/${late}`)).status).toBe(404);
    }
  });
});
