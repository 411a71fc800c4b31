import { credentials } from '@grpc/grpc-js';
import { TestCertificates, type TestCertificate } from '../support/certificates';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { createFreezer } from '../support/faults/freezer';
import { GrpcClient, grpcPort, services, type Answer } from '../support/grpc-client';
import { grpcRefusal } from '../support/grpc-infer';
import { plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';

const largest = 32 * 1024;
const burst = 60;
const caller = { authorization: 'Bearer caller-token' };
const keeper = { authorization: 'Bearer keeper-token' };

/** What is added to 1 by the model, as its answer says. */
function addendIn({ message }: Answer): number {
  const [raw] = message['raw_output_contents'] as [Buffer];
  return raw.readFloatLE(0) - 1;
}

function plusOne(model: string, rows = 1): object {
  const data = Buffer.from(new Uint8Array(new Float32Array(rows).fill(1).buffer));
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [rows, 1] }];
  return { model_name: model, inputs, raw_input_contents: [data] };
}

/** None of this depends on the balancer. */
describeWhere(missingCommand('openssl'), 'gRPC with mutual TLS, tokens and limits', () => {
  const certificates = new TestCertificates();
  const server = certificates.make('server');
  const known = certificates.make('known');
  const clients: GrpcClient[] = [];
  let cluster: TestCluster;
  let client: GrpcClient;

  beforeAll(async () => {
    const environment = {
      GRPC_TLS_CERT: server.certFile,
      GRPC_TLS_KEY: server.keyFile,
      GRPC_TLS_CLIENT_CA: known.certFile,
      GRPC_MAX_MESSAGE_BYTES: String(largest),
      TOKENS: 'caller-token=infer;keeper-token=infer+manage',
      CLUSTER_SECRET: 'only-among-us',
      MODEL_CONTROL: 'override',
      RATE_LIMIT_CLIENT: `1/s burst ${burst}`,
      TRUSTED_PROXIES: '127.0.0.1',
    };
    cluster = await startCluster({ balancer: 'direct', hosts: 1, examples: '', environment });
    client = await connected(known);
    await client.ask('RepositoryModelLoad', loading('one', 1), { metadata: keeper });
  });

  afterAll(async () => {
    for (const one of clients) one.close();
    certificates.remove();
    await cluster.stop();
  });

  async function connected(
    shown: TestCertificate | undefined,
    options: Record<string, number> = {},
  ): Promise<GrpcClient> {
    const as = credentials.createSsl(server.cert, shown?.key, shown?.cert);
    const port = await grpcPort(cluster.inferrer);
    const one = new GrpcClient(services.inference, port, as, options);
    clients.push(one);
    return one;
  }

  function loading(model: string, addend: number): object {
    const parameters = {
      config: { string_param: '{}' },
      'file:1/model.onnx': { bytes_param: Buffer.from(plusModel(addend)) },
    };
    return { model_name: model, parameters };
  }

  function refusal(
    method: string,
    message: object,
    metadata: object = caller,
    by = client,
  ): Promise<[name: string, code: unknown]> {
    return grpcRefusal(by.ask(method, message, { metadata }));
  }

  test('only who shows a certificate of the named authority is let in', async () => {
    expect((await client.ask('ServerLive')).message).toEqual({ live: true });
    const strangers = [undefined, certificates.make('other')];
    for (const shown of strangers) {
      const [name] = await refusal('ServerLive', {}, {}, await connected(shown));
      expect(name).toBe('UNAVAILABLE');
    }
    const cleartext = new GrpcClient(services.inference, await grpcPort(cluster.inferrer));
    clients.push(cleartext);
    expect((await refusal('ServerLive', {}, {}, cleartext))[0]).toBe('UNAVAILABLE');
  });

  test('tokens: as over HTTP, and open is what probes ask', async () => {
    const asked = plusOne('one');
    expect(await refusal('ModelInfer', asked, {})).toEqual(['UNAUTHENTICATED', 'unauthorized']);
    const unknown = { authorization: 'Bearer nobody' };
    expect(await refusal('ModelInfer', asked, unknown)).toEqual([
      'UNAUTHENTICATED',
      'unauthorized',
    ]);
    expect(await refusal('ModelInfer', asked)).toEqual(['OK', undefined]);
    const load = loading('two', 2);
    expect(await refusal('RepositoryModelLoad', load)).toEqual(['PERMISSION_DENIED', 'forbidden']);
    const level = { settings: { trace_level: { value: ['TIMESTAMPS'] } } };
    expect(await refusal('TraceSetting', level)).toEqual(['PERMISSION_DENIED', 'forbidden']);
    const verbose = { settings: { log_verbose_level: { uint32_param: 1 } } };
    expect(await refusal('LogSettings', verbose)).toEqual(['PERMISSION_DENIED', 'forbidden']);
    expect(await refusal('TraceSetting', {})).toEqual(['OK', undefined]);
    expect((await client.ask('ServerReady')).message).toEqual({ ready: true });
  });

  test('messages over the limit are refused, and the connection goes on', async () => {
    for (let round = 0; round < 5; round += 1) {
      // Far larger than all that is read in one go, and just too large.
      for (const rows of [1_000_000, largest / 4]) {
        const large = await refusal('ModelInfer', plusOne('one', rows));
        expect([round, rows, ...large]).toEqual([round, rows, 'RESOURCE_EXHAUSTED', 'too_large']);
        expect(await refusal('ModelInfer', plusOne('one'))).toEqual(['OK', undefined]);
      }
    }
    // Refused by its head alone, while the message is on its way.
    const unasked = await refusal('ModelInfer', plusOne('one', 1_000_000), {});
    expect(unasked).toEqual(['UNAUTHENTICATED', 'unauthorized']);
    expect(client.client.getChannel().getConnectivityState(false)).toBe(2);
  });

  test('gzip and deflate, there and back; a message that unpacks to too much is refused', async () => {
    for (const algorithm of [1, 2]) {
      const packing = await connected(known, { 'grpc.default_compression_algorithm': algorithm });
      const { message } = await packing.ask('ModelInfer', plusOne('one', 5000), {
        metadata: caller,
      });
      const [raw] = message['raw_output_contents'] as [Buffer];
      expect(new Float32Array(new Uint8Array(raw).buffer)).toEqual(new Float32Array(5000).fill(2));
      const large = await refusal('ModelInfer', plusOne('one', 50_000), caller, packing);
      expect(large).toEqual(['RESOURCE_EXHAUSTED', 'too_large']);
    }
  });

  test('models are loaded with files and configurations, and unloaded', async () => {
    const metadata = keeper;
    await client.ask('RepositoryModelLoad', loading('mine', 3), { metadata });
    const ask = (): Promise<Answer> => client.ask('ModelInfer', plusOne('mine'), { metadata });
    expect(addendIn(await ask())).toBe(3);
    const config = { string_param: '{"max_batch_size":8}' };
    await client.ask(
      'RepositoryModelLoad',
      { model_name: 'mine', parameters: { config } },
      { metadata },
    );
    const { message } = await client.ask('ModelConfig', { name: 'mine' }, { metadata });
    expect(message['config']).toMatchObject({ name: 'mine', max_batch_size: 8 });
    expect(addendIn(await ask())).toBe(3);
    const batch = await refusal('ModelInfer', plusOne('mine', 9));
    expect(batch).toEqual(['INVALID_ARGUMENT', 'invalid_request']);
    await client.ask('RepositoryModelUnload', { model_name: 'mine' }, { metadata });
    const gone = await refusal('ModelInfer', plusOne('mine'));
    expect(gone[0]).toBe('NOT_FOUND');
    const index = (await client.ask('RepositoryIndex', {}, { metadata })).message['models'];
    expect(index).toContainEqual(
      expect.objectContaining({ name: 'mine', state: 'UNAVAILABLE', reason: 'unloaded' }),
    );
    expect(await refusal('RepositoryModelLoad', { model_name: 'absent' }, keeper)).toEqual([
      'NOT_FOUND',
      'unknown_model',
    ]);
  });

  test('a model that is being loaded is UNAVAILABLE until it is', async () => {
    const metadata = keeper;
    await client.ask('RepositoryModelLoad', loading('late', 4), { metadata });
    await client.ask('RepositoryModelUnload', { model_name: 'late' }, { metadata });
    const runners = runnerPids(cluster.modelhosts.get('h1')!.pid);
    const freezer = createFreezer();
    freezer.freeze(...runners);
    const loaded = client.ask('RepositoryModelLoad', { model_name: 'late' }, { metadata });
    let turn = 0;
    // Each time somebody else: nobody is above his rate.
    const asked = (): Promise<unknown> => {
      const from = `198.51.100.${(turn += 1) % 250}`;
      return refusal('ModelInfer', plusOne('late'), { ...caller, 'x-forwarded-for': from });
    };
    await eventually('it is being loaded', async () => {
      return String(await asked()) === 'UNAVAILABLE,model_not_ready' || undefined;
    });
    freezer.thaw();
    await loaded;
    expect(await asked()).toEqual(['OK', undefined]);
  });

  test('trace and log settings act, and traces of calls are written', async () => {
    const metadata = keeper;
    const change = { trace_level: { value: ['TIMESTAMPS'] }, trace_rate: { value: ['1'] } };
    const { message } = await client.ask('TraceSetting', { settings: change }, { metadata });
    expect(message['settings']).toMatchObject(change);
    const { metadata: said } = await client.ask('ModelInfer', plusOne('one'), {
      metadata: { ...caller, 'x-request-id': 'traced-call' },
    });
    expect(said.get('x-request-id')).toEqual(['traced-call']);
    const trace = /"trace":\{"request_id":"traced-call","model_name":"one","model_version":"1"/;
    await eventually('it is written', () => trace.test(cluster.inferrer.log()) || undefined);
    const none = { trace_level: { value: [] }, trace_rate: { value: [] } };
    const cleared = await client.ask('TraceSetting', { settings: none }, { metadata });
    expect(cleared.message['settings']).toMatchObject({ trace_level: { value: ['OFF'] } });
    const log = await client.ask(
      'LogSettings',
      { settings: { log_verbose_level: { uint32_param: 1 } } },
      { metadata },
    );
    expect(log.message['settings']).toMatchObject({ log_verbose_level: { uint32_param: 1 } });
  });

  test('a client above its rate is refused, health never', async () => {
    const metadata = { ...caller, 'x-forwarded-for': '203.0.113.1' };
    const outcomes: string[] = [];
    for (let turn = 0; turn < burst + 20; turn += 1) {
      outcomes.push((await refusal('ModelInfer', plusOne('one'), metadata)).join());
    }
    const refused = outcomes.filter((outcome) => outcome !== 'OK,');
    expect(refused.length).toBeGreaterThan(5);
    expect(new Set(refused)).toEqual(new Set(['RESOURCE_EXHAUSTED,rate_limited']));
    expect(await refusal('ServerReady', {}, metadata)).toEqual(['OK', undefined]);
  });
});
