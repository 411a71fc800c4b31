import { once } from 'node:events';
import { status, type Metadata } from '@grpc/grpc-js';
import { ask } from '../support/ask';
import type { TestCluster } from '../support/cluster';
import { describeEachCluster } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { grpcRefusal } from '../support/grpc-infer';

const row = Buffer.from(new Uint8Array(Float32Array.of(5.1, 3.5, 1.4, 0.2).buffer));
const iris = {
  model_name: 'iris',
  id: '7',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
  raw_input_contents: [row],
};

/** Not the name that it has without being told. */
describeEachCluster('gRPC', tests, {
  environment: { SERVER_NAME: 'triton' },
  models: ['iris'],
});

function tests(cluster: () => TestCluster): void {
  let client: GrpcClient;
  let input = 'x';

  beforeAll(async () => {
    client = new GrpcClient(services.inference, await grpcPort(cluster().inferrer));
    const { message } = await client.ask('ModelMetadata', { name: 'iris' });
    input = (message['inputs'] as { name: string }[])[0]!.name;
  });

  afterAll(() => {
    client.close();
  });

  const question = (more: object = {}): object => ({
    ...iris,
    inputs: [{ ...iris.inputs[0], name: input }],
    ...more,
  });

  test('the server says what it is, and its models what they are', async () => {
    expect((await client.ask('ServerLive')).message).toEqual({ live: true });
    expect((await client.ask('ServerReady')).message).toEqual({ ready: true });
    const server = (await client.ask('ServerMetadata')).message;
    expect(server).toMatchObject({ name: 'triton' });
    for (const { url } of [cluster(), ...(await cluster().hosts())]) {
      expect(JSON.parse((await ask(`${url}/v2`)).text)).toMatchObject({ name: 'triton' });
    }
    expect(server['extensions']).toContain('statistics');
    expect((await client.ask('ModelReady', { name: 'iris' })).message).toEqual({ ready: true });
    expect((await client.ask('ModelReady', { name: 'none' })).message).toEqual({ ready: false });
    const { config } = (await client.ask('ModelConfig', { name: 'iris' })).message;
    expect(config).toMatchObject({ name: 'iris', platform: 'onnxruntime_onnx' });
    const index = (await client.ask('RepositoryIndex')).message['models'];
    expect(index).toContainEqual({ name: 'iris', version: '1', state: 'READY', reason: '' });
  });

  test('a request is answered raw, typed or not, with what the metadata says', async () => {
    const { message, metadata } = await client.ask('ModelInfer', question());
    expect(message).toMatchObject({ model_name: 'iris', model_version: '1', id: '7' });
    const outputs = message['outputs'] as unknown[];
    expect(message['raw_output_contents']).toHaveLength(outputs.length);
    expect(metadata.get('shoal-modelhost')[0]).toMatch(/^h\d$/);
    const contents = { fp32_contents: [5.1, 3.5, 1.4, 0.2] };
    const typed = await client.ask('ModelInfer', {
      ...question({ raw_input_contents: [] }),
      inputs: [{ ...iris.inputs[0], name: input, contents }],
    });
    expect(typed.message['raw_output_contents']).toEqual(message['raw_output_contents']);
    const { model_stats: stats } = (await client.ask('ModelStatistics', { name: 'iris' })).message;
    expect(Number((stats as { inference_count: string }[])[0]!.inference_count)).toBeGreaterThan(1);
  });

  test.each([
    ['NOT_FOUND', { model_name: 'none' }, 'unknown_model'],
    ['NOT_FOUND', { model_version: '9' }, 'unknown_version'],
    ['INVALID_ARGUMENT', { raw_input_contents: [Buffer.alloc(3)] }, 'invalid_request'],
    ['INVALID_ARGUMENT', { outputs: [{ name: 'none' }] }, 'invalid_request'],
  ] as const)('%s for %j', async (name, more, code) => {
    const failed = await client.ask('ModelInfer', question(more)).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: status[name] });
    const { metadata } = failed as { metadata: { get(name: string): unknown[] } };
    expect(metadata.get('shoal-error')).toEqual([code]);
  });

  test('what is not offered is UNIMPLEMENTED, and status of it is empty', async () => {
    expect((await client.ask('CudaSharedMemoryStatus')).message).toEqual({ regions: {} });
    expect((await client.ask('CudaSharedMemoryUnregister')).message).toEqual({});
    const refused = client.ask('CudaSharedMemoryRegister', { name: 'r' });
    await expect(refused).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test.each(['load', 'unload'])('%s is refused where nobody has allowed it', async (action) => {
    const { url } = cluster();
    const hosts = (await cluster().hosts()).map((host) => host.url);
    for (const base of [url, ...hosts]) {
      const reply = await ask(`${base}/v2/repository/models/iris/${action}`, { body: {} });
      expect([reply.status, JSON.parse(reply.text)]).toEqual([
        501,
        expect.objectContaining({ code: 'unsupported' }),
      ]);
    }
    const method = `RepositoryModel${action === 'load' ? 'Load' : 'Unload'}`;
    const refusal = await grpcRefusal(client.ask(method, { model_name: 'iris' }));
    expect(refusal).toEqual(['UNIMPLEMENTED', 'unsupported']);
    expect((await client.ask('ModelReady', { name: 'iris' })).message).toEqual({ ready: true });
  });

  test("KServe's load, whose fields have other numbers, names a repository here", async () => {
    // Its field 1 is the model.
    const asked = client.ask('RepositoryModelLoad', { repository_name: 'iris' });
    await expect(asked).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringContaining('repository_name') as string,
    });
  });

  test('a stream answers in order, and goes on after a request that failed', async () => {
    const stream = (
      client.client as unknown as {
        ModelStreamInfer(): NodeJS.ReadWriteStream;
      }
    ).ModelStreamInfer();
    const asked = ['a', 'b', 'c'].map((id) =>
      question(id === 'b' ? { id, raw_input_contents: [Buffer.alloc(1)] } : { id }),
    );
    for (const one of asked) stream.write(one as never);
    stream.end();
    const answers: { error_message: string; infer_response: { id: string } }[] = [];
    for await (const answer of stream) answers.push(answer as never);
    expect(answers.map(({ infer_response }) => infer_response.id)).toEqual(['a', 'b', 'c']);
    expect(answers.map(({ error_message }) => error_message === '')).toEqual([true, false, true]);
  });

  test('the steps of a sequence are answered as what they are by themselves', async () => {
    const { message: alone } = await client.ask('ModelInfer', question());
    const step = (start: boolean, end: boolean): object =>
      question({
        parameters: {
          sequence_id: { int64_param: 7 },
          sequence_start: { bool_param: start },
          sequence_end: { bool_param: end },
        },
      });
    // Without a first step, the last one twice: who kept something would refuse or answer otherwise.
    for (const one of [
      step(false, false),
      step(true, false),
      step(false, true),
      step(false, true),
    ]) {
      const { message } = await client.ask('ModelInfer', one);
      expect(message['raw_output_contents']).toEqual(alone['raw_output_contents']);
    }
  });

  test('with triton_grpc_error a stream ends with the status of what failed', async () => {
    const stream = client.stream('ModelStreamInfer', { triton_grpc_error: 'true' });
    const ids: string[] = [];
    stream.on('data', (answer: { infer_response: { id: string } }) => {
      ids.push(answer.infer_response.id);
    });
    const ended = once(stream, 'error');
    stream.write(question({ id: 'a' }));
    stream.write(question({ id: 'b', raw_input_contents: [Buffer.alloc(1)] }));
    const [error] = (await ended) as { code: number; metadata: Metadata }[];
    expect(error?.code).toBe(status.INVALID_ARGUMENT);
    expect(error?.metadata.get('shoal-error')).toEqual(['invalid_request']);
    expect(ids).toEqual(['a']);
  });

  test.each(['reflection', 'reflectionAlpha'] as const)('%s tells what is there', async (name) => {
    const tool = new GrpcClient(services[name], await grpcPort(cluster().inferrer));
    const stream = tool.stream('ServerReflectionInfo');
    stream.write({ list_services: '*' });
    stream.end({ file_containing_symbol: 'inference.GRPCInferenceService' });
    const answers: Record<string, object>[] = [];
    for await (const answer of stream) answers.push(answer as Record<string, object>);
    const [list, file] = answers;
    expect(list?.['list_services_response']).toMatchObject({
      service: expect.arrayContaining([{ name: 'inference.GRPCInferenceService' }]) as unknown,
    });
    const { file_descriptor_proto: files } = file?.['file_descriptor_response'] as {
      file_descriptor_proto: Buffer[];
    };
    expect(files.some((one) => one.includes('ModelStreamInfer'))).toBe(true);
    tool.close();
  });

  test('probes are told that it serves', async () => {
    const health = new GrpcClient(services.health, await grpcPort(cluster().inferrer));
    expect((await health.ask('Check')).message).toEqual({ status: 'SERVING' });
    const unknown = health.ask('Check', { service: 'none' });
    await expect(unknown).rejects.toMatchObject({ code: status.NOT_FOUND });
    health.close();
  });
}
