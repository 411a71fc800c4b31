import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startContainer } from '../support/platform';
import { freePort } from '../support/free-port';
import { plusModel } from '../support/plus-model';
import { eventually, startProcess, type StartedProcess } from '../support/processes';
import { writeWeighty } from '../support/weighty-model';

const iris = 'examples/models/iris/1/model.onnx';

/** A container of one model: what lies in the model directory, and the word `serve`. */
describe('a container of one model', () => {
  let folder: string;
  let container: StartedProcess;
  let url: string;

  async function start(
    files: (directory: string) => void,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-platform-'));
    const directory = path.join(folder, 'model');
    mkdirSync(directory);
    files(directory);
    const port = String(await freePort());
    url = `http://127.0.0.1:${port}`;
    container = startProcess(
      'container',
      'modelhost/main.js',
      {
        TMPDIR: folder,
        SAGEMAKER_MODEL_DIRECTORY: directory,
        SAGEMAKER_BIND_TO_PORT: port,
        // As the image has it: the platform's model goes before them.
        MODEL_REPOSITORY: path.join(folder, 'models'),
        EXAMPLE_MODELS: path.resolve('examples/models'),
        CORES: '1',
        ...environment,
      },
      'serve',
    );
    await eventually('the container listens', async () => {
      await fetch(`${url}/ping`);
      return true;
    });
  }

  afterEach(async () => {
    await container.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const row = '[[5.1,3.5,1.4,0.2]]';
  const invoke = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}/invocations`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  test('is healthy at once, its first invocation waits for the model', async () => {
    await start((directory) => {
      copyFileSync(iris, path.join(directory, 'model.onnx'));
    });
    const [ping, answer] = await Promise.all([fetch(`${url}/ping`), invoke(row)]);
    expect([ping.status, await ping.text()]).toEqual([200, '']);
    expect(await answer.json()).toMatchObject({ predictions: [{ label: 0 }] });
  });

  test('numbered directories and a name of its own', async () => {
    const files = (directory: string): void => {
      for (const version of ['2', '10']) {
        mkdirSync(path.join(directory, version));
        const bytes = version === '10' ? iris : 'examples/models/digits/1/model.onnx';
        copyFileSync(bytes, path.join(directory, version, 'model.onnx'));
      }
    };
    await start(files, { SAGEMAKER_MODEL: 'flowers' });
    expect(await (await invoke('{"values":[5.1,3.5,1.4,0.2]}')).json()).toMatchObject({
      values: [0],
      model: 'flowers',
    });
  });

  test('a folder for each model, of which one is named', async () => {
    const files = (directory: string): void => {
      for (const name of ['iris', 'digits']) {
        mkdirSync(path.join(directory, name, '1'), { recursive: true });
        const model = `examples/models/${name}/1/model.onnx`;
        copyFileSync(model, path.join(directory, name, '1', 'model.onnx'));
      }
    };
    await start(files, { SAGEMAKER_MODEL: 'iris' });
    expect((await invoke(row)).status).toBe(200);
  });

  test('is not healthy when its model cannot be loaded, and says so', async () => {
    await start((directory) => {
      writeFileSync(path.join(directory, 'model.onnx'), 'no model');
    });
    const ping = await eventually('the model has failed', async () => {
      const answer = await fetch(`${url}/ping`);
      return answer.status === 503 ? answer : undefined;
    });
    expect(await ping.json()).toMatchObject({ code: 'not_ready' });
  });

  test('a transform of a file of 10,000 lines: the answer to each, in order', async () => {
    await start(
      (directory) => {
        writeFileSync(path.join(directory, 'model.onnx'), plusModel(0.5, 2));
      },
      { SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: '4', SAGEMAKER_MAX_PAYLOAD_IN_MB: '1' },
    );
    const told = await (await fetch(`${url}/execution-parameters`)).json();
    expect(told).toEqual({
      MaxConcurrentTransforms: 4,
      BatchStrategy: 'MULTI_RECORD',
      MaxPayloadInMB: 1,
    });
    const file = path.join(folder, 'lines.csv');
    writeFileSync(file, Array.from({ length: 10_000 }, (_, at) => `${at},${-2 * at}\n`).join(''));
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const batches: string[] = [];
    // Far below the limit, so that there are many more of them than may be sent at once.
    for (let at = 0; at < lines.length; at += 250) {
      batches.push(`${lines.slice(at, at + 250).join('\n')}\n`);
    }
    const answers: string[] = [];
    let next = 0;
    const headers = { 'content-type': 'text/csv', accept: 'text/csv' };
    const worker = async (): Promise<void> => {
      for (let at = next++; at < batches.length; at = next++) {
        const answer = await invoke(batches[at]!, headers);
        expect(answer.status).toBe(200);
        answers[at] = await answer.text();
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    const found = answers.join('').trimEnd().split('\n');
    const wanted = lines.map((line) => line.split(',').map((each) => Number(each) + 0.5));
    expect(found.map((line) => line.split(',').map(Number))).toEqual(wanted);
    const over = `${lines.at(-1)!}\n`.repeat(110_000);
    expect((await invoke(over, headers)).status).toBe(413);
  });
});

test('healthy within 2 s all the time while a model of 1 GB is loaded', async () => {
  const container = await startContainer();
  try {
    writeWeighty(container.folder('large'), 1024 ** 3);
    const answer = container.load('large', container.folder('large'));
    const load = { over: false };
    void answer.then(() => {
      load.over = true;
    });
    let pings = 0;
    let slowestMs = 0;
    for (; !load.over; pings++) {
      const began = performance.now();
      const ping = await fetch(`${container.url}/ping`);
      expect([ping.status, await ping.text()]).toEqual([200, '']);
      slowestMs = Math.max(slowestMs, performance.now() - began);
    }
    expect((await answer).status).toBe(200);
    expect(pings).toBeGreaterThan(20);
    expect(slowestMs).toBeLessThan(2000);
    const y = await container.invoke('large', '[[1,2,3]]');
    expect(await y.json()).toEqual({ predictions: [[1, 2, 3]] });
  } finally {
    await container.end();
  }
}, 240_000);
