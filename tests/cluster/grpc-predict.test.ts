import { status } from '@grpc/grpc-js';
import { ask } from '../support/ask';
import { describeEachCluster } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';

/** Two flowers as TensorFlow's clients send them. */
const flowers = {
  dtype: 'DT_FLOAT',
  tensor_shape: { dim: [{ size: 2 }, { size: 4 }] },
  float_val: [5.1, 3.5, 1.4, 0.2, 6.7, 3, 5.2, 2.3],
};

interface TensorValue {
  readonly dtype: string;
  readonly float_val: number[];
  readonly int64_val: string[];
}

describeEachCluster(
  "TensorFlow Serving's Predict",
  (cluster) => {
    let client: GrpcClient;
    let input = '';

    beforeAll(async () => {
      client = new GrpcClient(services.prediction, await grpcPort(cluster().inferrer));
      const { text } = await ask(`${cluster().url}/v2/models/iris`);
      input = (JSON.parse(text) as { inputs: { name: string }[] }).inputs[0]!.name;
    });

    afterAll(() => {
      client.close();
    });

    const question = (more: object = {}): object => ({
      model_spec: { name: 'iris' },
      inputs: { [input]: flowers },
      ...more,
    });

    test('answers what :predict answers, by the default version and by number', async () => {
      const body = {
        inputs: {
          [input]: [
            [5.1, 3.5, 1.4, 0.2],
            [6.7, 3, 5.2, 2.3],
          ],
        },
      };
      const { text } = await ask(`${cluster().url}/v1/models/iris:predict`, {
        body,
      });
      const wanted = (JSON.parse(text) as { outputs: Record<string, number[] | number[][]> })
        .outputs;
      for (const version of [{}, { version: { value: 1 } }]) {
        const { message, metadata } = await client.ask('Predict', {
          ...question(),
          model_spec: { name: 'iris', signature_name: 'serving_default', ...version },
        });
        const outputs = message['outputs'] as Record<string, TensorValue>;
        expect(Object.keys(outputs).sort()).toEqual(Object.keys(wanted).sort());
        for (const [name, { float_val, int64_val }] of Object.entries(outputs)) {
          const values = [...float_val, ...int64_val.map(Number)];
          const others = wanted[name]!.flat();
          expect(values).toHaveLength(others.length);
          values.forEach((value, at) => {
            expect(value).toBeCloseTo(others[at]!, 5);
          });
        }
        expect(message['model_spec']).toMatchObject({ name: 'iris', version: { value: '1' } });
        expect(metadata.get('shoal-modelhost')[0]).toMatch(/^h\d$/);
      }
    });

    test('gives the outputs that are asked for only', async () => {
      const { message } = await client.ask('Predict', question());
      const [first = ''] = Object.keys(message['outputs'] as object);
      const { message: one } = await client.ask('Predict', question({ output_filter: [first] }));
      expect(Object.keys(one['outputs'] as object)).toEqual([first]);
    });

    test.each([
      ['INVALID_ARGUMENT', { model_spec: {} }, 'wanted the name of a model'],
      ['NOT_FOUND', { model_spec: { name: 'none' } }, 'none'],
      ['NOT_FOUND', { model_spec: { name: 'iris', version: { value: 9 } } }, 'iris'],
      ['NOT_FOUND', { model_spec: { name: 'iris', version_label: 'old' } }, 'old'],
      ['INVALID_ARGUMENT', { model_spec: { name: 'iris', signature_name: 'b' } }, 'signature_name'],
      ['INVALID_ARGUMENT', { inputs: { other: flowers } }, "'other'"],
      ['INVALID_ARGUMENT', { output_filter: ['none'] }, "'none'"],
    ] as const)('%s for %j', async (name, more, words) => {
      const failed: unknown = await client.ask('Predict', question(more)).catch((e: unknown) => e);
      expect(failed).toMatchObject({
        code: status[name],
        details: expect.stringContaining(words) as string,
      });
    });

    test.each([
      'PredictionService/Classify',
      'PredictionService/Regress',
      'PredictionService/MultiInference',
      'PredictionService/GetModelMetadata',
      'ModelService/GetModelStatus',
      'ModelService/HandleReloadConfigRequest',
    ])('%s is not offered', async (method) => {
      const bytes = (empty: Buffer): Buffer => empty;
      const asked = new Promise((resolve) => {
        const path = `/tensorflow.serving.${method}`;
        client.client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), resolve);
      });
      expect(await asked).toMatchObject({ code: status.UNIMPLEMENTED });
    });
  },
  { models: ['iris'] },
);
