import { startCluster, type TestCluster } from '../support/cluster';
import { expectClose } from '../support/close-tensors';
import { bothBalancers } from '../support/each-balancer';
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
import { zooCases, zooModels, type ZooCase } from './zoo-cases';
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
const balancer = bothBalancers();

describeShared('the zoo through the whole cluster', () => {
  const uploads = new Map<string, string>();
  const unservable = new Set(Object.keys(refusedModels));
  const cases = zooCases().filter(({ model }) => !unservable.has(model));
  let cluster: TestCluster;
  let places: ZooPlace[];

  beforeAll(async () => {
    cluster = await startCluster({ balancer, examples: '' });
    places = await zooPlaces(cluster);
    await uploadAll(cluster.url, uploads);
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

  test.each(zooModels().filter(({ name }) => !unservable.has(name)))(
    'the example input of $name is accepted',
    async ({ name }) => {
      const [inferrer, host] = [places[0]!.url, places.at(-1)!.url];
      await allRight([
        within('inferrer', expectAccepted(inferrer, name, '/api/v1/models')),
        within('host', expectAccepted(host, name, '/modelhost/models')),
      ]);
    },
  );

  test.each(cases.map((one): [string, ZooCase] => [one.name, one]))('%s', async (_name, one) => {
    const { model, inputs, outputs: expected } = one;
    const call = { model, inputs, outputs: expected.map(({ name }) => name) };
    const right = async (way: ZooWay): Promise<void> => {
      if (expected.length === 0) await way.expectRunFails(call);
      else expectClose((await way.infer(call)).outputs, expected, one);
    };
    const asked = places.flatMap(({ ways }) => ways.map((way) => within(way.name, right(way))));
    const predicted = places.flatMap(({ url, json }) => {
      const call = { url, model, inputs, expected };
      return json ? [within(`:predict at ${url}`, expectPredictions(call, one))] : [];
    });
    await allRight([...asked, ...predicted]);
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

/** What it gives as example is what it ran on when it was tried, and it takes it. */
async function expectAccepted(url: string, model: string, models: string): Promise<void> {
  const example = await fetch(`${url}${models}/${model}/example`);
  expect([example.status, example.headers.get('shoal-example')]).toEqual([200, 'ran']);
  const body = await example.text();
  const answer = await fetch(`${url}/v2/models/${model}/infer`, { method: 'POST', body });
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
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
      const { name, file, external } = model;
      const { status, body } = await upload(url, name, file, { beside: external });
      answers.set(model.name, `${status} ${body.code ?? ''} ${body.error ?? ''}`);
    }
  }
  await Promise.all([next(), next(), next(), next()]);
}
