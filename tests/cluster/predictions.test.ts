import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import sharp from 'sharp';
import { ask } from '../support/ask';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { elementsOf } from '../support/oip-calls';
import { eventually, type StartedProcess } from '../support/processes';
import { runReference } from '../support/runtime-run';
import { encodeElements } from '../support/shared-cases';
import { describeShared, sharedModelFile } from '../support/shared-models';
import { upload } from '../support/uploads';

const table = readFileSync(path.resolve('examples/data/iris.csv'), 'utf8').trim().split('\n');
const rows = table.slice(1).map((line) => line.split(',').slice(0, 4).map(Number));

interface Prediction {
  readonly status: number;
  readonly values: unknown;
  readonly outputs: Readonly<Record<string, unknown[]>>;
}

describeEachBalancer('predictions in the old dialect', (balancer) => {
  let cluster: TestCluster;
  /** The path of a model's predictions, at the inferrer and at a host. */
  let places: ((model: string) => string)[];

  beforeAll(async () => {
    cluster = await startCluster({
      balancer,
      environment: { ACCESS_LOG: 'all' },
      models: ['digits', 'iris', 'slow'],
    });
    const [host] = await cluster.hosts();
    places = [
      (model) => `${cluster.url}/api/v1/models/${model}/prediction`,
      (model) => `${host!.url}/modelhost/models/${model}/prediction`,
    ];
  });

  afterAll(() => cluster.stop());

  test('150 irises, row by row and all at once, are as by the runtime', async () => {
    const file = path.resolve('examples/models/iris/1/model.onnx');
    const data = encodeElements('FP32', rows.flat());
    const metadata = await (await fetch(`${cluster.url}/v2/models/iris`)).json();
    const [input] = (metadata as { inputs: { name: string }[] }).inputs;
    const own = await runReference(file, [
      { name: input!.name, datatype: 'FP32', shape: [rows.length, 4], data },
    ]);
    const expected = Object.fromEntries(
      own.map((tensor) => [tensor.name, elementsOf(tensor).map(Number)]),
    );
    for (const place of places) {
      const together = await predict(place('iris'), { values: rows });
      expectValues(together.outputs, expected);
      const alone: Prediction['outputs'][] = [];
      for (const [at, row] of rows.entries()) {
        const name = at % 2 === 0 ? 'iris' : 'iris.onnx';
        // As FRACTAL's own curl line does: GET with a body.
        const method = at % 3 === 0 ? 'GET' : 'POST';
        const { status, outputs } = await predict(place(name), { values: row }, method);
        expect(status).toBe(200);
        alone.push(outputs);
      }
      const stacked = Object.fromEntries(
        Object.keys(expected).map((name) => [name, alone.flatMap((outputs) => outputs[name]!)]),
      );
      expectValues(stacked, expected);
    }
  });

  test('a digit, as PNG and as JPEG', async () => {
    const png = readFileSync(path.resolve('examples/pictures/seven.png'));
    const jpeg = await sharp(png).jpeg({ quality: 100 }).toBuffer();
    for (const place of places) {
      for (const [type, bytes] of [
        ['image/png', png],
        ['image/jpeg', jpeg],
      ] as const) {
        const answer = await predictPicture(place('digits'), type, bytes);
        expect(answer.status).toBe(200);
        expect(Object.values(answer.outputs).map((values) => topOf(values))).toContain(7);
      }
    }
  });

  test('a digit in the other dialects: as the body of an infer call, and as an instance in base64', async () => {
    const png = readFileSync(path.resolve('examples/pictures/seven.png'));
    const infer = await fetch(`${cluster.url}/v2/models/digits/infer`, {
      method: 'POST',
      body: png,
      headers: { 'content-type': 'image/png', accept: 'application/jsonlines' },
    });
    const line = await infer.text();
    const b64 = png.toString('base64');
    const served = await fetch(`${cluster.url}/v1/models/digits:predict`, {
      method: 'POST',
      body: JSON.stringify({ instances: [{ b64 }] }),
    });
    const { predictions } = (await served.json()) as { predictions: unknown[] };
    expect([infer.status, served.status]).toEqual([200, 200]);
    expect(predictions).toEqual([JSON.parse(line)]);
  });

  test('the stages of a request fit into its time, and of one alone leave next to nothing', async () => {
    const send = async (id: string, at: number): Promise<void> => {
      const headers = { 'x-request-id': id };
      const values = rows[at];
      const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: values }];
      const call =
        at % 2 === 0
          ? ask(places[0]!('slow'), { body: { values }, headers })
          : ask(`${cluster.url}/v2/models/slow/infer`, { body: { inputs }, headers });
      expect((await call).status).toBe(200);
    };
    const [crowd, alone] = ['crowd', 'alone'].map((name) =>
      Array.from({ length: 6 }, (_, at) => `${name}-${at}`),
    ) as [string[], string[]];
    await Promise.all(crowd.map(send));
    for (const [at, id] of alone.entries()) await send(id, at);
    const restOf = ({ ms, stages }: Logged): number => {
      expect(Object.keys(stages)).toEqual(['decode', 'queue', 'transfer', 'run', 'encode']);
      return Object.values(stages).reduce((rest, stage) => rest - stage, ms);
    };
    const rests = await eventually('all are in the log', () => {
      const [inCrowd, byItself] = [crowd, alone].map((ids) => loggedOf(cluster.inferrer, ids));
      if (inCrowd!.length < crowd.length || byItself!.length < alone.length) return undefined;
      return { inCrowd: inCrowd!.map(restOf), byItself: byItself!.map(restOf) };
    });
    // All processes read one clock, and the runner measures within the time in flight: only rounding
    // makes a rest negative, of two numbers in the runner's answer and six in the log, by half a
    // microsecond each.
    const roundingMs = 0.005;
    for (const rest of [...rests.inCrowd, ...rests.byItself])
      expect(rest).toBeGreaterThan(-roundingMs);
    // Far less than the work, which is what a stage that nobody has counted would leave.
    expect(median(rests.byItself)).toBeLessThan(100);
    // What a busy machine takes of one of them it does not take of all: no work of ours is left.
    expect(Math.min(...rests.byItself)).toBeLessThan(1);
  });

  describeShared('the picture of a kitten', () => {
    test('is a tabby, as PNG and as JPEG', async () => {
      const file = sharedModelFile('squeezenet_fp16');
      const image = {
        layout: 'CHW',
        height: 224,
        width: 224,
        mean: [104, 117, 123],
        order: 'BGR',
      };
      const config = JSON.stringify({ shoal: { image } });
      const { status } = await upload(cluster.url, 'squeezenet', file, { fields: { config } });
      expect(status).toBe(201);
      const png = readFileSync(path.join(path.dirname(file), 'kitten_224.png'));
      const jpeg = await sharp(png).jpeg({ quality: 95 }).toBuffer();
      for (const place of places) {
        for (const [type, bytes] of [
          ['image/png', png],
          ['image/jpeg', jpeg],
        ] as const) {
          const answer = await predictPicture(place('squeezenet'), type, bytes);
          expect([answer.status, topOf(answer.outputs['softmaxout_1']!)]).toEqual([200, 281]);
        }
      }
    });
  });
});

/** A line of the access log. */
interface Logged {
  readonly id: string;
  readonly ms: number;
  readonly stages: Readonly<Record<string, number>>;
}

/** What a process has logged of these requests. */
function loggedOf(process: StartedProcess, ids: readonly string[]): Logged[] {
  const lines = process.log().split('\n');
  return lines
    .filter((line) => line.includes('"stages":'))
    .map((line) => JSON.parse(line) as Logged)
    .filter(({ id }) => ids.includes(id));
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

function expectValues(
  found: Readonly<Record<string, unknown[]>>,
  expected: Readonly<Record<string, number[]>>,
): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    const numbers = (found[name] ?? []).flat(9) as number[];
    expect(numbers.length).toBe(values.length);
    const far = numbers.filter((value, at) => !(Math.abs(value - values[at]!) <= 1e-5));
    expect(far).toEqual([]);
  }
}

/** The index of the greatest value, or the value where there is only one. */
function topOf(values: readonly unknown[]): number {
  const numbers = values.flat(9) as number[];
  return numbers.length === 1 ? numbers[0]! : numbers.indexOf(Math.max(...numbers));
}

async function predictPicture(url: string, type: string, bytes: Buffer): Promise<Prediction> {
  const headers = { 'content-type': type };
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(bytes), headers });
  return { ...((await answer.json()) as Prediction), status: answer.status };
}

/** `fetch` sends no body with GET. */
function predict(url: string, body: unknown, method = 'POST'): Promise<Prediction> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    };
    const sent = request(url, { method, headers }, (answer) => {
      let got = '';
      answer.setEncoding('utf8').on('data', (part: string) => (got += part));
      answer.on('end', () => {
        resolve({ ...(JSON.parse(got) as Prediction), status: answer.statusCode ?? 0 });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
