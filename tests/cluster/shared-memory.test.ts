import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { writeAddOne } from '../support/made-models';
import { SharedObjects } from '../support/shared-objects';

const rows = 10_000;

describeEachBalancer('shared memory of clients', (balancer) => {
  const objects = new SharedObjects(`cluster-test-${balancer}`);
  const values = Float32Array.from({ length: rows * 3 }, (_, at) => at % 1000);
  const repository = mkdtempSync(path.join(tmpdir(), 'shoal-shared-'));
  let cluster: TestCluster;

  beforeAll(async () => {
    const version = path.join(repository, 'add-one', '1');
    mkdirSync(version, { recursive: true });
    renameSync(writeAddOne(version), path.join(version, 'model.onnx'));
    const environment = { SHARED_MEMORY: 'on', MAX_BATCH_ROWS: '65536' };
    cluster = await startCluster({ balancer, repository, examples: '', environment });
    await register('in', objects.create('in', new Uint8Array(values.buffer)));
    await register('out', objects.create('out', Buffer.alloc(values.byteLength)));
  });

  afterAll(async () => {
    await cluster.stop();
    objects.remove();
    rmSync(repository, { recursive: true });
  });

  async function register(region: string, key: string): Promise<void> {
    const url = `${cluster.url}/v2/systemsharedmemory/region/${region}/register`;
    const body = JSON.stringify({ key, offset: 0, byte_size: values.byteLength });
    const answer = await fetch(url, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([200, '{}']);
  }

  function infer(headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const at = { shared_memory_byte_size: values.byteLength };
    const inputs = [
      {
        name: 'x',
        datatype: 'FP32',
        shape: [rows, 3],
        parameters: { shared_memory_region: 'in', ...at },
      },
    ];
    const outputs = [{ name: 'y', parameters: { shared_memory_region: 'out', ...at } }];
    return fetch(`${cluster.url}/v2/models/add-one/infer`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ inputs, outputs }),
    });
  }

  function written(name = 'out'): Float32Array {
    return new Float32Array(new Uint8Array(readFileSync(objects.file(name))).buffer);
  }

  test('inputs are read and outputs written, again and again, while a modelhost dies', async () => {
    const expected = values.map((value) => value + 1);
    for (let round = 0; round < 40; round += 1) {
      if (round === 20) void [...cluster.modelhosts.values()][0]!.end('SIGKILL');
      objects.create('out', Buffer.alloc(values.byteLength));
      const answer = await infer();
      expect([round, answer.status]).toEqual([round, 200]);
      await answer.text();
      expect(written()).toEqual(expected);
    }
  });

  test('over gRPC: registered, told of, read, written, let go of', async () => {
    const client = new GrpcClient(services.inference, await grpcPort(cluster.inferrer));
    const bytes = values.byteLength;
    const key = objects.create('grpc-out', Buffer.alloc(bytes));
    const region = { name: 'grpc-out', key, offset: '0', byte_size: String(bytes) };
    await client.ask('SystemSharedMemoryRegister', region);
    const again = client.ask('SystemSharedMemoryRegister', region);
    await expect(again).rejects.toMatchObject({ code: status.ALREADY_EXISTS });
    const one = await client.ask('SystemSharedMemoryStatus', { name: 'grpc-out' });
    expect(one.message).toEqual({ regions: { 'grpc-out': region } });
    const { regions } = (await client.ask('SystemSharedMemoryStatus')).message;
    expect(Object.keys(regions as object).sort()).toEqual(['grpc-out', 'in', 'out']);
    const { extensions } = (await client.ask('ServerMetadata')).message;
    expect(extensions).toContain('system_shared_memory');

    const at = (name: string): object => ({
      shared_memory_region: { string_param: name },
      shared_memory_byte_size: { int64_param: String(bytes) },
    });
    const asked = {
      model_name: 'add-one',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 3], parameters: at('in') }],
      outputs: [{ name: 'y', parameters: at('grpc-out') }],
    };
    const { message } = await client.ask('ModelInfer', asked);
    expect(message).toMatchObject({ raw_output_contents: [Buffer.alloc(0)] });
    expect(written('grpc-out')).toEqual(values.map((value) => value + 1));

    const passedOn = client.ask('ModelInfer', asked, { metadata: { 'shoal-edge': '1' } });
    await expect(passedOn).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    await client.ask('SystemSharedMemoryUnregister', { name: 'grpc-out' });
    const gone = client.ask('SystemSharedMemoryStatus', { name: 'grpc-out' });
    await expect(gone).rejects.toMatchObject({ code: status.NOT_FOUND });
    const late = client.ask('ModelInfer', asked);
    await expect(late).rejects.toMatchObject({ code: status.NOT_FOUND });
    client.close();
  });

  test('what the edge has passed on may not name regions', async () => {
    expect((await infer({ 'shoal-edge': '1' })).status).toBe(403);
  });
});
