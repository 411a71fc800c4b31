import { expectSteps } from '../../tests/conformance/zoo-kinds';
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
    await expectSteps(async (model, inputs, outputs) => {
      return replied(await runner.send({ model, inputs, outputs })).outputs;
    });
  });
});
