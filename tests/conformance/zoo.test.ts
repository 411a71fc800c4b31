import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster';
import { expectClose } from '../support/close-tensors';
import { missingCommand } from '../support/describe-where';
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
import { expectRunFails, zooPlaces, type ZooPlace, type ZooWay } from './zoo-ways';

/** Both balancers over the same hosts, which load everything once. */
const balancer = missingCommand('nginx', 'curl') === undefined ? 'both' : 'direct';

describeShared('the zoo through the whole cluster', () => {
  const uploads = new Map<string, string>();
  const external = zooModels().filter((model) => model.external.length > 0);
  const unservable = new Set(Object.keys(refusedModels));
  for (const { name } of external) unservable.delete(name);
  const cases = zooCases().filter(({ model }) => !unservable.has(model));
  let cluster: TestCluster;
  let places: ZooPlace[];

  beforeAll(async () => {
    cluster = await startCluster({ balancer, examples: '' });
    places = await zooPlaces(cluster);
    await uploadAll(cluster.url, uploads);
    for (const model of external) await place(cluster, model);
  });

  afterAll(async () => {
    for (const one of places) one.close();
    await cluster.stop();
  });

  test('all are served, or refused for what is wrong with them', () => {
    const wrong = [...uploads].filter(([name, text]) => {
      const reason = refusedModels[name];
      if (reason === undefined) return !text.startsWith('201');
      return !text.startsWith('422 model_rejected') || !reason.test(text);
    });
    expect(wrong).toEqual([]);
  });

  test.each(cases.map((one): [string, ZooCase] => [one.name, one]))('%s', async (_name, one) => {
    const { model, inputs, outputs: expected } = one;
    const call = { model, inputs, outputs: expected.map(({ name }) => name) };
    const right = async (way: ZooWay): Promise<void> => {
      if (expected.length === 0) await way.expectRunFails(call);
      else expectClose((await way.infer(call)).outputs, expected, one);
    };
    const asked = places.flatMap(({ ways, url }) => [
      ...ways.map((way) => within(way.name, right(way))),
      within(`:predict at ${url}`, expectPredictions({ url, model, inputs, expected }, one)),
    ]);
    await allRight(asked);
  });

  const kinds: [string, (ask: AskModel) => Promise<void>][] = [
    ['digits of a batch by their labels', expectLabels],
    ['files by their bytes, more than a batch takes', expectScores],
    ['the kitten', expectTopClass],
    ['a stream of sound', expectSteps],
    ['words after words', expectWords],
  ];

  test.each(kinds)('%s', async (_name, run) => {
    // Hundreds of calls each: every form by the first inferrer, gRPC by the second.
    const [first, second] = places;
    const ways = [...first!.ways, second!.ways.at(-1)!];
    await allRight(
      ways.map((way) => {
        const ask: AskModel = async (model, inputs, outputs) => {
          return (await way.infer({ model, inputs, outputs })).outputs;
        };
        return within(way.name, run(ask));
      }),
    );
  });
});

/** Waits for all, so that nothing is under way when the test ends, and fails as the first did. */
async function allRight(asked: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(asked);
  await Promise.all(asked);
}

/** What fails says where. */
async function within(where: string, done: Promise<void>): Promise<void> {
  await done.catch((error: unknown) => {
    if (error instanceof Error) error.message = `${where}: ${error.message}`;
    throw error;
  });
}

/** The same by TensorFlow Serving's REST interface, in each form that can say it. */
async function expectPredictions(call: PredictCall, one: ZooCase): Promise<void> {
  if (one.outputs.length === 0) {
    await expectRunFails(predictColumns(call));
    return;
  }
  if (fitsColumns(call)) expectClose(await predictColumns(call), one.outputs, one);
  if (fitsRows(call)) expectClose(await predictRows(call), one.outputs, one);
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
