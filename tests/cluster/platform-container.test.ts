import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startContainer } from '../support/platform';
import { freePort } from '../support/free-port';
import { plusModel } from '../support/plus-model';
import { eventually, startProcess, type StartedProcess } from '../support/processes';
import { writeWeighty } from '../support/weighty-model';

const iris = 'examples/models/iris/1/model.onnx';

/** Files that the platform transforms, a row a line. */
const forms = [
  {
    type: 'text/csv',
    write: (row: readonly number[]) => row.join(','),
    read: (line: string) => line.split(',').map(Number),
  },
  {
    type: 'application/jsonlines',
    write: (row: readonly number[]) => JSON.stringify(row),
    read: (line: string) => JSON.parse(line) as number[],
  },
];

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

  test('transforms of files of 10,000 lines, CSV and JSON: the answer to each, in order', async () => {
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
    const rows = Array.from({ length: 10_000 }, (_, at) => [at, -2 * at]);
    const wanted = rows.map((row) => row.map((each) => each + 0.5));
    for (const { type, write, read } of forms) {
      const file = rows.map((row) => `${write(row)}\n`).join('');
      const answers = await transformed(file, type);
      expect(answers.trimEnd().split('\n').map(read)).toEqual(wanted);
    }
    const over = '1,2\n'.repeat(300_000);
    const headers = { 'content-type': 'text/csv' };
    expect((await invoke(over, headers)).status).toBe(413);
  });

  /** Sends the lines of a file as the platform does, four batches at a time, and puts the answers together. */
  async function transformed(file: string, type: string): Promise<string> {
    const lines = file.split('\n').slice(0, -1);
    const batches: string[] = [];
    // Far below the limit, so that there are many more of them than may be sent at once.
    for (let at = 0; at < lines.length; at += 250) {
      batches.push(`${lines.slice(at, at + 250).join('\n')}\n`);
    }
    const answers: string[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let at = next++; at < batches.length; at = next++) {
        const answer = await invoke(batches[at]!, { 'content-type': type, accept: type });
        expect(answer.status).toBe(200);
        answers[at] = await answer.text();
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    return answers.join('');
  }
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
    const faults: string[] = [];
    await eventually('the model is loaded', async () => {
      const began = performance.now();
      const ping = await fetch(`${container.url}/ping`);
      const text = await ping.text();
      slowestMs = Math.max(slowestMs, performance.now() - began);
      pings += 1;
      faults.push(...(ping.status === 200 && text === '' ? [] : [`${ping.status} ${text}`]));
      return load.over || undefined;
    });
    expect(faults).toEqual([]);
    expect((await answer).status).toBe(200);
    expect(pings).toBeGreaterThan(20);
    expect(slowestMs).toBeLessThan(2000);
    const y = await container.invoke('large', '[[1,2,3]]');
    expect(await y.json()).toEqual({ predictions: [[1, 2, 3]] });
  } finally {
    await container.end();
  }
}, 240_000);
