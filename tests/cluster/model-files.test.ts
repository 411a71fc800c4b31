import { createHash } from 'node:crypto';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster';
import { expectClose } from '../support/close-tensors';
import { describeEachBalancer } from '../support/each-balancer';
import { GrpcClient, grpcPort, services, type Answer } from '../support/grpc-client';
import { journalOfEachTest } from '../support/faults/journal';
import { grpcRefusal, inferGrpc } from '../support/grpc-infer';
import { inferBinary, inferJson, type OipCall } from '../support/oip-calls';
import { tryPlacement } from '../support/placement-trial';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { remoteAddresses } from '../support/remote-addresses';
import { runnerPids } from '../support/runner-pids';
import { runReference } from '../support/runtime-run';
import { encodeElements, tensorOf } from '../support/shared-cases';
import { manage, upload } from '../support/uploads';

/** How inferrers reach the runners of h1 and of h2. */
const links = ['unix', 'tcp'];

const stable = '/api/v1/models/plus/labels/stable';

const journal = journalOfEachTest();

describeEachBalancer('models of a cluster', (balancer) => {
  let cluster: TestCluster;
  /** The inferrer, and each host's own port. */
  let urls: string[];

  beforeAll(async () => {
    cluster = await startCluster({ balancer, examples: '', hosts: 0 });
    for (const LINK of links) cluster.addHost({ LINK, HOST_LABELS: `link=${LINK}` });
    await cluster.ready('h1', 'h2');
    urls = [cluster.url, ...(await cluster.hosts()).map(({ url }) => url)];
  });

  afterAll(() => cluster.stop());

  test('an upload is served by every host when it is answered, as by the runtime', async () => {
    const file = path.resolve('examples/models/words/1/model.onnx');
    const { status, body } = await upload(cluster.url, 'words', file);
    expect([status, body.version]).toEqual([201, 1]);
    const lines = body.hosts.map(({ host, state }) => `${host} ${state}`).sort();
    expect(lines).toEqual(['h1 ready', 'h2 ready']);
    const metadata = await (await fetch(`${cluster.url}/v2/models/words`)).json();
    const [input] = (metadata as { inputs: { name: string; datatype: 'BYTES' }[] }).inputs;
    const data = encodeElements('BYTES', ['this is good', '']);
    const inputs = [{ name: input!.name, datatype: input!.datatype, shape: [2], data }];
    const own = await runReference(file, inputs);
    const hosts: string[] = [];
    for (const url of urls.slice(1)) {
      const answer = await inferBinary({ url, model: 'words', inputs });
      hosts.push(answer.host);
      expectClose(answer.outputs, own, { rtol: 1e-5, atol: 1e-6 });
    }
    expect(hosts.sort()).toEqual(['h1', 'h2']);
    expectClose((await inferBinary({ url: cluster.url, model: 'words', inputs })).outputs, own, {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });

  test('the same by every transport: JSON, binary and gRPC, to hosts with either link', async () => {
    const inputs = [tensorOf('word', 'BYTES', [2], ['good', 'none'])];
    const own = await runReference(path.resolve('examples/models/words/1/model.onnx'), inputs);
    const tcp = [...cluster.modelhosts.values()].map(({ pid }) =>
      runnerPids(pid).every((runner) => remoteAddresses(runner).length > 0),
    );
    expect(tcp).toEqual([false, true]);
    const client = new GrpcClient(services.inference, await grpcPort(cluster.inferrer));
    const transports = {
      JSON: inferJson,
      binary: inferBinary,
      gRPC: (call: OipCall) => inferGrpc(client, call),
    };
    for (const [name, infer] of Object.entries(transports)) {
      const times = new Map<string, number[]>([
        ['h1', []],
        ['h2', []],
      ]);
      for (
        let asked = 0;
        asked < 500 && [...times.values()].some((of) => of.length < 10);
        asked += 1
      ) {
        const began = performance.now();
        const { host, outputs } = await infer({ url: cluster.url, model: 'words', inputs });
        times.get(host)!.push(performance.now() - began);
        expectClose(outputs, own, { rtol: 1e-5, atol: 1e-6 });
      }
      for (const [at, of] of [...times.values()].entries()) {
        expect(of.length).toBeGreaterThanOrEqual(10);
        const median = of.sort((one, other) => one - other)[Math.floor(of.length / 2)]!;
        journal.note(`${name}, link ${links[at]!}: median ${median.toFixed(2)} ms of ${of.length}`);
      }
    }
    client.close();
  });

  test('each upload of other bytes is a version, the newest the default', async () => {
    for (const addend of [1, 2, 3]) {
      const { status, body } = await upload(cluster.url, 'plus', plusModel(addend));
      expect([status, body.version]).toEqual([201, addend]);
      for (const url of urls) expect((await askAddend(url, 'plus')).addend).toBe(addend);
    }
    const again = await upload(cluster.url, 'plus', plusModel(2));
    expect([again.status, again.body.version]).toEqual([200, 2]);
    for (const url of urls) {
      expect((await askAddend(url, 'plus')).addend).toBe(3);
      for (const version of [1, 2, 3]) {
        const { addend, answer } = await askAddend(url, 'plus', { version });
        expect([addend, answer.version]).toEqual([version, String(version)]);
      }
    }
    for (const version of [1, 2, 3]) {
      const path = `/api/v1/models/plus:${version}/prediction`;
      const { status, body } = await manage(cluster.url, 'POST', path, { values: [10] });
      expect([status, body['values'], body['version']]).toEqual([200, [[10 + version]], version]);
    }
  });

  test('a label is answered by the version that has it, over REST and over gRPC', async () => {
    const set = await manage(cluster.url, 'PUT', stable, { version: 2 });
    expect(set.status).toBe(200);
    const body = { instances: [[10]] };
    const predict = (url: string, label: string): ReturnType<typeof manage> =>
      manage(url, 'POST', `/v1/models/plus/labels/${label}:predict`, body);
    for (const url of urls) {
      await eventually('the label is known', async () => {
        return (await predict(url, 'stable')).status === 200 || undefined;
      });
      expect((await predict(url, 'stable')).body['predictions']).toEqual([[12]]);
      const status = await manage(url, 'GET', '/v1/models/plus/labels/stable');
      expect(status.body).toMatchObject({ model_version_status: [{ version: '2' }] });
      expect((await predict(url, 'none')).status).toBe(404);
    }
    for (const process of [cluster.inferrer, ...cluster.modelhosts.values()]) {
      const client = new GrpcClient(services.prediction, await grpcPort(process));
      const asked = (label: string): Promise<Answer> => {
        const x = { dtype: 'DT_FLOAT', tensor_shape: { dim: [{ size: 1 }, { size: 1 }] } };
        return client.ask('Predict', {
          model_spec: { name: 'plus', version_label: label },
          inputs: { x: { ...x, float_val: [10] } },
        });
      };
      const { message } = await asked('stable');
      expect(message).toMatchObject({
        model_spec: { name: 'plus', version: { value: '2' } },
        outputs: { y: { float_val: [12] } },
      });
      expect((await grpcRefusal(asked('none')))[0]).toBe('NOT_FOUND');
      client.close();
    }
  });

  test('a download is what was uploaded, with its hash as ETag', async () => {
    for (const version of [1, 2, 3]) {
      const bytes = plusModel(version);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const from = [
        `${cluster.url}/api/v1/models/plus:${version}/download`,
        ...urls.slice(1).map((url) => `${url}/modelhost/models/plus:${version}/download`),
      ];
      for (const url of from) {
        const answer = await fetch(url);
        const hash = createHash('sha256').update(Buffer.from(await answer.arrayBuffer()));
        expect([answer.status, answer.headers.get('etag')]).toEqual([200, `"${sha256}"`]);
        expect(hash.digest('hex')).toBe(sha256);
      }
    }
  });

  test('a version is deleted, but not the default or a labelled one; numbers are not given again', async () => {
    const counted = async (): Promise<boolean> =>
      /^shoal_requests_total.*model="plus",version="2"/m.test(
        await (await fetch(`${cluster.url}/metrics`)).text(),
      );
    expect(await counted()).toBe(true);
    for (const version of [2, 3]) {
      const { status, body } = await manage(
        cluster.url,
        'DELETE',
        `/api/v1/models/plus:${version}`,
      );
      expect([status, body.code]).toEqual([409, 'conflict']);
    }
    for (const path of [stable, '/api/v1/models/plus:2']) {
      const deleted = await fetch(cluster.url + path, { method: 'DELETE' });
      expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    }
    for (const url of urls) {
      await expect(askAddend(url, 'plus', { version: 2 })).rejects.toMatchObject({ status: 404 });
    }
    await eventually('what was counted of it to be gone', async () =>
      (await counted()) ? undefined : true,
    );
    const next = await upload(cluster.url, 'plus', plusModel(4));
    expect([next.status, next.body.version]).toEqual([201, 4]);
  });

  test('a model is on the hosts that its placement names, and moves when they come and go', () =>
    tryPlacement(cluster, balancer === 'nginx'));

  test('models, versions, defaults and descriptions survive the end of all processes', async () => {
    const describe = { model_description: 'Adds äöü 日本' };
    await manage(cluster.url, 'POST', '/api/v1/models/plus', describe);
    await manage(cluster.url, 'POST', '/api/v1/models/plus/default', { default: 1 });
    const list = async (url: string, path: string): Promise<unknown> => {
      const { body } = await manage(url, 'GET', path);
      return body['model_list'];
    };
    const known = await list(cluster.url, '/api/v1/models/information');
    expect(known).toMatchObject([
      { model: 'plus.onnx', default_version: 1, description: 'Adds äöü 日本' },
      { model: 'words.onnx', default_version: 1 },
    ]);
    await Promise.all([...cluster.modelhosts.values()].map((host) => host.end('SIGKILL')));
    await cluster.inferrer.end('SIGKILL');
    const second = await startCluster({ balancer, repository: cluster.repository, examples: '' });
    try {
      expect(await list(second.url, '/api/v1/models/information')).toEqual(known);
      for (const { url } of await second.hosts()) {
        expect(await list(url, '/modelhost/models/information')).toEqual(known);
        expect((await askAddend(url, 'plus')).addend).toBe(1);
      }
    } finally {
      await second.stop();
    }
  });
});
