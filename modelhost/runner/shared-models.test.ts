import type { Tensor } from '../../protocol/tensor';
import { expectClose } from '../../tests/support/close-tensors';
import { caseTensor, readCase, type SharedCase } from '../../tests/support/shared-cases';
import { describeShared, readManifest, sharedModelFile } from '../../tests/support/shared-models';
import { replied, startRunner, type StartedRunner } from '../../tests/support/started-runner';
import { readModelFacts } from '../onnx/read-model';

describeShared('a runner gives the results of the shared cases', () => {
  const servable = readManifest().models.filter(
    ({ name, expect: instead }) => !/^(bad|hostile)_/.test(name) && instead === undefined,
  );
  let runner: StartedRunner;
  const loaded = new Set<string>();
  beforeAll(async () => {
    runner = await startRunner();
  });
  afterAll(() => runner.end());

  /** Loads a model the first time it is wanted. */
  async function load(model: string): Promise<void> {
    if (loaded.has(model)) return;
    loaded.add(model);
    const file = sharedModelFile(model);
    const { signature } = await readModelFacts(file);
    const outputs = signature.outputs.flatMap((o) => (o.datatype === null ? [] : [o.name]));
    await runner.load(file, outputs, { model });
  }

  const plain = servable
    .flatMap(({ cases }) => cases)
    .map(readCase)
    .filter(({ inputs, outputs, expect_error: fails }) => inputs && (outputs ?? fails))
    .map((one): [string, SharedCase] => [`${one.model} ${one.case}`, one]);

  it.each(plain)('%s', async (_name, one) => {
    await load(one.model);
    const outputs = one.fetch ?? (one.outputs ?? []).map(({ name }) => name);
    const inputs = (one.inputs ?? []).map(caseTensor);
    const attempt = await runner.send({ model: one.model, inputs, outputs });
    if (one.expect_error === true) {
      expect(attempt).toMatchObject({ outcome: 'failed', error: { code: 'run_failed' } });
    } else {
      expectClose(replied(attempt).outputs, (one.outputs ?? []).map(caseTensor), one);
    }
  });

  it('gives the outputs that can be carried where none are named', async () => {
    await load('logreg_iris');
    const one = readCase('cases/logreg_iris/three_rows.json');
    const inputs = (one.inputs ?? []).map(caseTensor);
    const reply = replied(await runner.send({ model: 'logreg_iris', inputs }));
    expect(reply.outputs.map(({ name }) => name)).toEqual(['label']);
  });

  it('keeps a stream of sound over 200 steps when its state is fed back', async () => {
    await load('silero_vad');
    const one = readCase('cases/silero_vad/test_wav_chunks_0_200.json');
    const steps = (field: string): Tensor[] => {
      const [{ name, shape_per_step: shape, bin }] = one[field] as [
        { name: string; shape_per_step: number[]; bin: string },
      ];
      const { data } = caseTensor({ name, datatype: 'FP32', shape, bin });
      const size = 4 * shape.reduce((product, dim) => product * dim, 1);
      return Array.from({ length: data.byteLength / size }, (_, step) => ({
        name,
        datatype: 'FP32',
        shape,
        data: data.subarray(step * size, (step + 1) * size),
      }));
    };
    const [rate] = (one['constant_inputs'] as Parameters<typeof caseTensor>[0][]).map(caseTensor);
    let state: Tensor = {
      name: 'state',
      datatype: 'FP32',
      shape: [2, 1, 128],
      data: new Uint8Array(4 * 256),
    };
    const expected = steps('step_outputs');
    for (const [step, input] of steps('step_inputs').entries()) {
      const reply = replied(
        await runner.send({ model: 'silero_vad', inputs: [input, state, rate!] }),
      );
      const [output, next] = reply.outputs;
      expectClose([output!], [expected[step]!], one);
      state = { ...next!, name: 'state' };
    }
  });
});
