import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster';
import { expectClose } from '../support/close-tensors';
import { describeEachBalancer } from '../support/each-balancer';
import { inferBinary, inferJson, OipRefusal } from '../support/oip-calls';
import { eventually } from '../support/processes';
import { describeShared } from '../support/shared-models';
import {
  fitsColumns,
  fitsRows,
  predictColumns,
  predictRows,
  type PredictCall,
} from '../support/tf-serving-predict';
import { upload } from '../support/uploads';
import { refusedModels } from './refused-models';
import { zooCases, zooModels, type ZooCase, type ZooModel } from './zoo-cases';
import {
  expectLabels,
  expectScores,
  expectSteps,
  expectTopClass,
  expectWords,
  type AskModel,
} from './zoo-kinds';

describeShared('the zoo', () => {
  const repository = mkdtempSync(path.join(tmpdir(), 'shoal-zoo-'));
  const uploads = new Map<string, string>();
  const external = zooModels().filter((model) => model.external.length > 0);
  const unservable = new Set(Object.keys(refusedModels));
  for (const { name } of external) unservable.delete(name);
  const cases = zooCases().filter(({ model }) => !unservable.has(model));

  afterAll(() => {
    rmSync(repository, { recursive: true, force: true });
  });

  describeEachBalancer('through the whole cluster', (balancer) => {
    let cluster: TestCluster;
    /** The inferrer, and each host's own port. */
    let urls: string[];

    beforeAll(async () => {
      cluster = await startCluster({ balancer, repository, examples: '' });
      urls = [cluster.url, ...(await cluster.hosts()).map(({ url }) => url)];
      // The second cluster finds what the first was given.
      if (uploads.size > 0) return;
      await uploadAll(cluster.url, uploads);
      for (const model of external) await place(cluster, model);
    });

    afterAll(() => cluster.stop());

    test('all are served, or refused for what is wrong with them', () => {
      const wrong = [...uploads].filter(([name, text]) => {
        const reason = refusedModels[name];
        if (reason === undefined) return !text.startsWith('201');
        return !text.startsWith('422 model_rejected') || !reason.test(text);
      });
      expect(wrong).toEqual([]);
    });

    test.each(cases.map((one): [string, ZooCase] => [one.name, one]))('%s', async (_name, one) => {
      const { model, inputs } = one;
      const outputs = one.outputs.map(({ name }) => name);
      for (const url of urls) {
        for (const infer of [inferJson, inferBinary]) {
          const call = { url, model, inputs, outputs };
          if (one.outputs.length === 0) await expectRunFails(infer(call));
          else expectClose((await infer(call)).outputs, one.outputs, one);
        }
        await expectPredictions({ url, model, inputs, expected: one.outputs }, one);
      }
    });

    const kinds: [string, (ask: AskModel) => Promise<void>][] = [
      ['digits of a batch by their labels', expectLabels],
      ['files by their bytes, more than a batch takes', expectScores],
      ['the kitten', expectTopClass],
      ['a stream of sound', expectSteps],
      ['words after words', expectWords],
    ];

    test.each(kinds)('%s', async (_name, run) => {
      for (const url of urls) {
        for (const infer of [inferJson, inferBinary]) {
          await run(async (model, inputs, outputs) => {
            return (await infer({ url, model, inputs, outputs })).outputs;
          });
        }
      }
    });
  });
});

/** The same by TensorFlow Serving's REST interface, in each form that can say it. */
async function expectPredictions(call: PredictCall, one: ZooCase): Promise<void> {
  if (one.outputs.length === 0) {
    await expectRunFails(predictColumns(call));
    return;
  }
  if (fitsColumns(call)) expectClose(await predictColumns(call), one.outputs, one);
  if (fitsRows(call)) expectClose(await predictRows(call), one.outputs, one);
}

async function expectRunFails(answer: Promise<unknown>): Promise<void> {
  const error = await answer.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OipRefusal);
  const { status, text } = error as OipRefusal;
  expect([status, JSON.parse(text)]).toEqual([
    400,
    expect.objectContaining({ code: 'run_failed' }),
  ]);
}

/** Uploads every model, four at a time; `answers` gets status, code and text of each. */
async function uploadAll(url: string, answers: Map<string, string>): Promise<void> {
  const waiting = zooModels();
  async function next(): Promise<void> {
    for (let model = waiting.shift(); model !== undefined; model = waiting.shift()) {
      const { status, body } = await upload(url, model.name, model.file);
      answers.set(model.name, `${status} ${body.code ?? ''} ${body.error ?? ''}`);
    }
  }
  await Promise.all([next(), next(), next(), next()]);
}

/** Puts a model with its weights into the repository by hand and waits until it is served. */
async function place(cluster: TestCluster, { name, file, external }: ZooModel): Promise<void> {
  const made = path.join(cluster.folder, name);
  mkdirSync(path.join(made, '1'), { recursive: true });
  copyFileSync(file, path.join(made, '1', 'model.onnx'));
  for (const each of external) copyFileSync(each, path.join(made, '1', path.basename(each)));
  renameSync(made, path.join(cluster.repository, name));
  for (const { url } of await cluster.hosts()) {
    await eventually(`${name} is served`, async () => {
      return (await fetch(`${url}/v2/models/${name}/ready`)).ok || undefined;
    });
  }
}
