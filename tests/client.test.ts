import { readFileSync } from 'node:fs';
import { createClient, ServerError, type ShoalClient } from '../client/index';
import { describeEachCluster } from './support/each-balancer';

const iris = Float32Array.of(5.1, 3.5, 1.4, 0.2, 6.7, 3, 5.2, 2.3);
const words = ['good', 'schön', 'zebra'];

describeEachCluster(
  'the typed client',
  (cluster) => {
    let shoal: ShoalClient;

    beforeAll(() => {
      shoal = createClient({ url: `${cluster().url}/` });
    });

    test.each(['binary', 'json'] as const)('typed arrays there and back, %s', async (format) => {
      const answer = await shoal.infer(
        'iris',
        { features: { data: iris, shape: [2, 4] } },
        { format, outputs: ['probabilities', 'label'], id: 'seven', version: 1, priority: 1 },
      );
      const { label, probabilities } = answer.outputs;
      expect(Object.keys(answer.outputs)).toEqual(['probabilities', 'label']);
      expect(label).toEqual({ datatype: 'INT64', shape: [2], data: BigInt64Array.of(0n, 2n) });
      expect(probabilities).toMatchObject({ datatype: 'FP32', shape: [2, 3] });
      expect((probabilities?.data as Float32Array)[0]).toBeCloseTo(0.9996877, 6);
      expect(answer).toMatchObject({ model: 'iris', version: '1', id: 'seven', batchRows: 2 });
      expect(answer.defaultFor).toBeUndefined();
      expect(answer.modelhost).toMatch(/^h[12]$/);
    });

    test.each(['binary', 'json'] as const)('strings, %s', async (format) => {
      const inputs = { word: { data: words, shape: [3] } };
      const { outputs } = await shoal.infer('words', inputs, { format });
      expect(outputs['sentiment']?.data).toEqual(Float32Array.of(0.75, 0.75, 0));
      expect(outputs['verdict']).toMatchObject({ datatype: 'BYTES', shape: [3] });
    });

    test('both formats give the same', async () => {
      const inputs = {
        INPUT0: { data: Int32Array.from({ length: 16 }, (_, at) => at) },
        INPUT1: { data: Int32Array.from({ length: 16 }, () => -2147483648) },
      };
      const [binary, json] = await Promise.all(
        (['binary', 'json'] as const).map((format) => shoal.infer('add-sub', inputs, { format })),
      );
      expect(binary?.outputs).toEqual(json?.outputs);
    });

    test('the life of a model', async () => {
      const { models } = shoal;
      const bytes = readFileSync('examples/models/iris/1/model.onnx');
      const first = await models.upload('flowers', bytes, { description: 'Irises' });
      expect(first).toMatchObject({ model: 'flowers', version: 1, created: true });
      expect(first.hosts.map(({ state }) => state)).toEqual(['ready', 'ready']);
      const config = { shoal: { timeout_ms: 1000 } };
      const second = await models.upload('flowers', new Blob([bytes]), { config });
      expect(second).toMatchObject({ version: 2, created: true });
      expect(await models.list()).toContain('flowers.onnx');
      expect(await models.setDefault('flowers', 1)).toHaveLength(2);
      const labelled = { label: 'stable', version: 2 };
      expect(await models.setLabel('flowers', labelled)).toHaveLength(2);
      expect(await models.labels('flowers')).toEqual({ stable: 2 });
      await models.deleteLabel('flowers', 'stable');
      expect(await models.labels('flowers')).toEqual({});
      const traffic = { variants: [1, 2].map((version) => ({ version, weight: 1 })) };
      expect(await models.setVariants('flowers', traffic)).toHaveLength(2);
      expect(await models.variants('flowers')).toEqual(traffic);
      await models.endVariants('flowers');
      expect(await models.variants('flowers')).toEqual({ variants: [] });
      expect(await models.beginCanary('flowers', { version: 2, steps: [5, 100] })).toHaveLength(2);
      expect(await models.canary('flowers')).toMatchObject({ state: 'stepping', share: 5 });
      await models.endCanary('flowers');
      expect((await models.canary('flowers')).decisions).toMatchObject([
        { action: 'begin', share: 5 },
        { action: 'end', share: 0 },
      ]);
      await models.describe('flowers', 'Three kinds');
      const found = await models.information('flowers');
      expect(found).toMatchObject({ version: 1, description: 'Three kinds', default_version: 1 });
      expect(Buffer.from(await models.download('flowers:2')).equals(bytes)).toBe(true);
      await models.delete('flowers:2');
      await models.delete('flowers');
      const gone = models.information('flowers');
      await expect(gone).rejects.toThrow(ServerError);
      await expect(gone).rejects.toMatchObject({ status: 404, code: 'unknown_model' });
    });

    test('a model is unloaded and loaded again, and the index says so', async () => {
      const { models } = shoal;
      const line = async (): Promise<unknown> =>
        (await models.index()).filter(({ name }) => name === 'words');
      expect(await line()).toEqual([{ name: 'words', version: '1', state: 'READY' }]);
      const asked = (): Promise<unknown> =>
        shoal.infer('words', { word: { data: words, shape: [3] } });
      await models.unload('words');
      expect(await line()).toMatchObject([{ state: 'UNAVAILABLE', reason: 'unloaded' }]);
      await expect(asked()).rejects.toMatchObject({ status: 404, code: 'unknown_version' });
      await models.load('words');
      expect(await line()).toEqual([{ name: 'words', version: '1', state: 'READY' }]);
      expect(await asked()).toMatchObject({ model: 'words', version: '1' });
      await expect(models.load('absent')).rejects.toMatchObject({ code: 'unknown_model' });
    });

    test('the server ends a call whose time is over, and a signal ends one early', async () => {
      const slow = { x: { data: Float32Array.of(1) } };
      const { inputs } = await shoal.models.information('slow');
      const name = inputs[0]?.name ?? '';
      const call = (options: object): Promise<unknown> =>
        shoal.infer('slow', { [name]: slow.x }, options);
      await expect(call({ timeoutMs: 60 })).rejects.toMatchObject({
        name: expect.stringMatching(/^(TimeoutError|ServerError)$/) as string,
      });
      const stop = new AbortController();
      const ended = call({ signal: stop.signal });
      stop.abort(new Error('enough'));
      await expect(ended).rejects.toThrow('enough');
    });

    test('whether the server takes requests', async () => {
      expect(await shoal.ready()).toBe(true);
      expect(await createClient({ url: 'http://127.0.0.1:1' }).ready()).toBe(false);
    });
  },
  { environment: { MODEL_CONTROL: 'load' }, models: ['add-sub', 'iris', 'slow', 'words'] },
);
