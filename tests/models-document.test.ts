import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWhere, missingCommand } from './support/describe-where';
import { externalModel, weightBytes } from './support/external-model';
import { npmEnd, npmReady, npmStart, type NpmStarted } from './support/npm-start';
import { preparedRepository } from './support/prepared-repository';
import { eventually } from './support/processes';
import { saveAsOrt } from './support/runtime-run';
import { sumOf } from './support/samples';
import { runTold, toldBlocks } from './support/told-commands';
import { manage, upload } from './support/uploads';

const iris = 'examples/models/iris/1/model.onnx';

/** What is typed; clusters that the document starts are the one of this test. */
const blocks = toldBlocks('docs/models.md').map(({ command, answer }, at) => ({
  at,
  answer,
  command: command.replace(/^.*npm start\b.*$/gm, '').trim(),
}));

describeWhere(missingCommand('curl', 'jq', 'tar'), 'docs/models.md', () => {
  let folder: string;
  let cluster: NpmStarted;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-models-document-'));
    // An error that is answered is an error of the command.
    writeFileSync(path.join(folder, '.curlrc'), 'fail-with-body\n');
    await writeModels(folder);
    cpSync(await preparedRepository(), path.join(folder, 'models'), { recursive: true });
    cluster = await npmStart(folder, {
      HOST_LABELS: 'machine=large,zone=a',
      MODEL_CONTROL: 'load',
    });
    await npmReady(cluster);
    await used();
  });

  afterAll(async () => {
    await npmEnd(cluster);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Has what only is in the metrics when there was something to count. */
  async function used(): Promise<void> {
    await threeVersions('used');
    const shadow = { shadow: { version: 2 } };
    const { status } = await manage(cluster.url, 'PUT', '/api/v1/models/used/variants', shadow);
    expect(status).toBe(200);
    const values = { values: [5.1, 3.5, 1.4, 0.2] };
    await manage(cluster.url, 'POST', '/api/v1/models/used/prediction', values);
    await eventually('a copy is counted', async () =>
      (await sumOf(cluster.url, /^shoal_shadow_requests_total/)) > 0 ? true : undefined,
    );
  }

  /** Any of them may answer in place of the last one, and their answers are kept. */
  async function threeVersions(model: string): Promise<void> {
    for (const rows of [32, 16, 8]) {
      const config = { max_batch_size: rows, response_cache: { enable: true } };
      const fields = { config: JSON.stringify(config) };
      expect((await upload(cluster.url, model, iris, { fields })).status).toBe(201);
    }
  }

  /** Blocks stand for themselves: each has a model of its own. */
  async function typed(command: string, at: number): Promise<string> {
    const model = `iris-${at}`;
    await threeVersions(model);
    const moved = command
      .replaceAll('models/iris', `models/${model}`)
      .replaceAll('localhost:8000', new URL(cluster.url).host)
      .replaceAll('localhost:8002', `127.0.0.1:${cluster.environment['METRICS_PORT'] ?? ''}`);
    return runTold(moved, { CURL_HOME: folder }, folder);
  }

  test.each(blocks)('$command', async ({ at, command, answer }) => {
    const said = await typed(command, at);
    expect(said).not.toBe('');
    if (command.includes('dry_run'))
      expect(Object.keys(object(said))).toEqual(expect.arrayContaining(fieldsOf(answer)));
  });

  test('has commands for all that one does with models', () => {
    const all = blocks.map(({ command }) => command).join('\n');
    const words = ['default', 'labels', 'variants', 'canary', 'dry_run', 'pinned', 'copies'];
    const more = ['example', 'events', 'download', 'model_description', 'updatemodelhosts'];
    for (const word of [...words, ...more, '/unload', '/load', 'index', 'backup']) {
      expect(all).toContain(word);
    }
  });
});

/** The files that the commands name. */
async function writeModels(folder: string): Promise<void> {
  const at = (...names: string[]): string => path.join(folder, ...names);
  mkdirSync(at('net', '1'), { recursive: true });
  for (const name of ['iris.onnx', 'model.onnx']) copyFileSync(iris, at(name));
  for (const place of ['net.onnx', 'net/1/model.onnx']) {
    writeFileSync(at(place), externalModel('net.onnx.data'));
  }
  for (const place of ['net.onnx.data', 'net/1/net.onnx.data']) {
    writeFileSync(at(place), weightBytes(2));
  }
  writeFileSync(at('deep.onnx'), externalModel('weights/a.bin'));
  writeFileSync(at('a.bin'), weightBytes(3));
  writeFileSync(at('labels.txt'), 'one\n');
  writeFileSync(
    at('config.pbtxt'),
    'max_batch_size: 8 output { name: "y" data_type: TYPE_FP32 dims: [1] label_filename: "labels.txt" }',
  );
  execFileSync('tar', ['-czf', 'model.tar.gz', 'model.onnx'], { cwd: folder });
  await saveAsOrt(iris, at('iris.ort'));
}

function object(text: string): object {
  return JSON.parse(text) as object;
}

function fieldsOf(answer: string): string[] {
  return Object.keys(object(answer));
}
