import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import { describeEachCluster } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';

/** Takes about 300 ms. */
const slow = {
  model_name: 'slow',
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [1, 4], contents: { fp32_contents: [1, 2, 3, 4] } },
  ],
};

describeEachCluster(
  'the end of a gRPC stream',
  (cluster) => {
    let client: GrpcClient;

    beforeAll(async () => {
      client = new GrpcClient(services.inference, await grpcPort(cluster().inferrer));
    });

    afterAll(() => {
      client.close();
    });

    /** What the call ends with, of which the caller has nothing more to ask. */
    function endOf(request: object, metadata: Record<string, string>): Promise<StatusObject> {
      const sent = new Metadata();
      for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
      const stream = (client.client as unknown as Streams).ModelStreamInfer(sent);
      stream.on('data', () => undefined).on('error', () => undefined);
      stream.write(request);
      stream.end();
      return new Promise((resolve) => {
        stream.on('status', resolve);
      });
    }

    test('its own deadline is its status, not that of a request', async () => {
      const { code } = await endOf(slow, { 'shoal-timeout-ms': '60' });
      expect(code).toBe(status.DEADLINE_EXCEEDED);
    });

    test('a failure is its status also where the last request was sent before', async () => {
      const late = { ...slow, parameters: { timeout: { int64_param: 60_000 } } };
      const { code } = await endOf(late, { triton_grpc_error: 'true' });
      expect(code).toBe(status.DEADLINE_EXCEEDED);
      expect((await endOf(late, {})).code).toBe(status.OK);
    });
  },
  { models: ['slow'] },
);

interface Streams {
  ModelStreamInfer(metadata: Metadata): NodeJS.ReadWriteStream & {
    write(message: object): boolean;
    on(event: 'status', take: (status: StatusObject) => void): void;
  };
}
