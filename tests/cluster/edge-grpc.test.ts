import { Metadata, status, type ClientDuplexStream } from '@grpc/grpc-js';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { describeWhere, missingCommand } from '../support/describe-where';
import { startEdgeCluster, type EdgeCluster } from '../support/edge-cluster';
import { freePort } from '../support/free-port';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { grpcRefusal } from '../support/grpc-infer';
import { askHttp2 } from '../support/http2-server';
import { irisLabels, irisRequest } from '../support/iris-over-grpc';
import { startNginx } from '../support/nginx';
import { eventually } from '../support/processes';
import { slowRowsSent } from '../support/slow-calls';
import { sumOf } from '../support/samples';

describeWhere(missingCommand('nginx', 'curl'), 'gRPC through nginx to two inferrers', () => {
  let started: EdgeCluster;
  let client: GrpcClient;

  beforeAll(async () => {
    // Far below what the messages here have: the inferrer's limit counts.
    const edge = { MAX_BODY_BYTES: '1000' };
    const behind = { SHARED_MEMORY: 'on', GRPC_KEEP_ALIVE_MS: '2000' };
    started = await startEdgeCluster(edge, { environment: behind, models: ['iris', 'slow'] });
    client = new GrpcClient(services.inference, started.grpc);
  });

  afterAll(() => {
    client.close();
  });

  afterAll(() => started.stop());

  test('calls of one connection reach both inferrers and both hosts', async () => {
    const hosts = new Set<unknown>();
    const counted = (url: string): Promise<number> => sumOf(url, /^shoal_requests_total\{.*grpc/);
    await eventually('all have answered', async () => {
      const asked = Array.from({ length: 20 }, () => client.ask('ModelInfer', irisRequest()));
      for (const { metadata } of await Promise.all(asked))
        hosts.add(metadata.get('shoal-modelhost')[0]);
      const inferrers = await Promise.all(started.cluster.urls.map(counted));
      return (hosts.size === 2 && inferrers.every((count) => count > 10)) || undefined;
    });
  });

  test('a message of any size that the inferrer takes', async () => {
    const labels = await irisLabels(client, irisRequest(5000));
    expect(labels).toHaveLength(5000);
    expect(new Set(labels)).toEqual(new Set([0]));
    const large = irisRequest(1, { raw_input_contents: [Buffer.alloc(100_000_000)] });
    const failed: unknown = await client.ask('ModelInfer', large).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  test('a stream, answer by answer', async () => {
    const stream = (client.client as unknown as Streaming).ModelStreamInfer();
    const answers = stream[Symbol.asyncIterator]() as AsyncIterator<unknown>;
    for (const id of ['a', 'b', 'c']) {
      // Each is asked for when the one before has been answered.
      stream.write(irisRequest(1, { id }));
      const { value } = (await answers.next()) as { readonly value: unknown };
      expect(value).toMatchObject({ error_message: '', infer_response: { id } });
    }
    stream.end();
    expect(await answers.next()).toMatchObject({ done: true });
  });

  test('a stream may rest for longer than the inferrer keeps what has no call', async () => {
    const stream = client.stream('ModelStreamInfer');
    const answers = stream[Symbol.asyncIterator]() as AsyncIterator<unknown>;
    stream.write(irisRequest(1, { id: 'a' }));
    await answers.next();
    const idle = connect(`http://127.0.0.1:${await grpcPort(started.cluster.inferrer)}`);
    await once(idle, 'close');
    stream.end(irisRequest(1, { id: 'b' }));
    const { value } = (await answers.next()) as { readonly value: unknown };
    expect(value).toMatchObject({ error_message: '', infer_response: { id: 'b' } });
    expect(await answers.next()).toMatchObject({ done: true });
  });

  test('one that rests for longer than the edge allows ends, and calls go on', async () => {
    const grpc = await freePort();
    const ports = await Promise.all(started.cluster.inferrers.map(grpcPort));
    const edge = await startNginx({
      role: 'edge',
      port: await freePort(),
      inferrer: new URL(started.cluster.url).host,
      grpc: { port: grpc, inferrer: ports.map((port) => `127.0.0.1:${port}`).join() },
      environment: { GRPC_REST_SECONDS: '1' },
    });
    const caller = new GrpcClient(services.inference, grpc);
    try {
      const stream = caller.stream('ModelStreamInfer');
      const ended = once(stream, 'error');
      stream.write(irisRequest(1, { id: 'a' }));
      await once(stream, 'data');
      // nginx resets the stream: it has no status for what has begun.
      expect(await ended).toMatchObject([{ code: status.INTERNAL }]);
      expect(await irisLabels(caller)).toEqual([0]);
    } finally {
      caller.close();
      await edge.stop();
    }
  });

  test('shared memory is refused, whether it is registered or named', async () => {
    const at = {
      shared_memory_region: { string_param: 'in' },
      shared_memory_byte_size: { int64_param: '16' },
    };
    const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, 4], parameters: at }];
    const region = { name: 'in', key: '/in', offset: '0', byte_size: '16' };
    const asked: [string, object][] = [
      ['ModelInfer', { model_name: 'iris', inputs }],
      ['SystemSharedMemoryRegister', region],
      ['SystemSharedMemoryStatus', {}],
      ['SystemSharedMemoryUnregister', { name: 'in' }],
    ];
    for (const [method, message] of asked) {
      const refusal = await grpcRefusal(client.ask(method, message));
      expect([method, ...refusal]).toEqual([method, 'PERMISSION_DENIED', 'forbidden']);
    }
  });

  test('metadata with underscores arrives', async () => {
    const metadata = new Metadata();
    metadata.set('triton_grpc_error', 'true');
    const stream = (client.client as unknown as Streaming).ModelStreamInfer(metadata);
    const ended = once(stream, 'error');
    stream.resume();
    stream.write(irisRequest(1, { model_name: 'none' }));
    stream.end();
    expect((await ended)[0]).toMatchObject({ code: status.NOT_FOUND });
  });

  test('health and reflection', async () => {
    const health = new GrpcClient(services.health, started.grpc);
    expect((await health.ask('Check')).message).toEqual({ status: 'SERVING' });
    health.close();
    const reflection = new GrpcClient(services.reflection, started.grpc);
    const asking = (
      reflection.client as unknown as { ServerReflectionInfo(): NodeJS.ReadWriteStream }
    ).ServerReflectionInfo();
    asking.end({ list_services: '' } as never);
    const said: unknown[] = [];
    for await (const answer of asking) said.push(answer);
    expect(JSON.stringify(said)).toContain('inference.GRPCInferenceService');
    reflection.close();
  });

  test('errors of the inferrer pass as they are', async () => {
    const failed: unknown = await client
      .ask('ModelInfer', irisRequest(1, { model_name: 'none' }))
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: status.NOT_FOUND });
    expect(
      (failed as { metadata: { get(name: string): unknown[] } }).metadata.get('shoal-error'),
    ).toEqual(['unknown_model']);
  });

  test('a service that nobody has is UNIMPLEMENTED', async () => {
    const bytes = (empty: Buffer): Buffer => empty;
    const asked = new Promise((resolve) => {
      const none = Buffer.alloc(0);
      client.client.makeUnaryRequest('/some.Service/Method', bytes, bytes, none, resolve);
    });
    expect(await asked).toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test('what is among the processes is not for clients here either', async () => {
    const session = connect(`http://127.0.0.1:${started.grpc}`);
    const answers = await Promise.all(
      ['/cluster/hosts', '/metrics', '/api/v1/models'].map((path) => askHttp2(session, path)),
    );
    session.close();
    expect(answers.map(({ headers }) => headers[':status'])).toEqual([404, 404, 405]);
  });

  test('the inferrer learns who has left', async () => {
    const { urls } = started.cluster;
    const left = async (): Promise<number> => {
      const counts = urls.map((url) => sumOf(url, /^shoal_requests_total\{.*code="499"/));
      return (await Promise.all(counts)).reduce((sum, count) => sum + count);
    };
    const before = await left();
    const sent = await slowRowsSent(urls);
    let done: (error: unknown) => void = () => undefined;
    const ended = new Promise((resolve) => (done = resolve));
    const fp32_contents = [1, 2, 3, 4];
    const x = { name: 'x', datatype: 'FP32', shape: [1, 4], contents: { fp32_contents } };
    const asking = client.client as unknown as Calling;
    const call = asking.ModelInfer({ model_name: 'slow', inputs: [x] }, done);
    await eventually('it runs', async () => (await slowRowsSent(urls)) > sent || undefined);
    call.cancel();
    expect(await ended).toMatchObject({ code: status.CANCELLED });
    await eventually('it is counted', async () => (await left()) === before + 1 || undefined);
  });
});

interface Streaming {
  ModelStreamInfer(metadata?: Metadata): ClientDuplexStream<object, Record<string, unknown>>;
}

interface Calling {
  ModelInfer(request: object, done: (error: unknown) => void): { cancel(): void };
}
