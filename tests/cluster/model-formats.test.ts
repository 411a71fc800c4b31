import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster';
import { expectClose } from '../support/close-tensors';
import { inferBinary } from '../support/oip-calls';
import { writeOtherRuntime } from '../support/other-runtime';
import { eventually } from '../support/processes';
import { runReference, saveAsOrt } from '../support/runtime-run';
import { tensorOf } from '../support/shared-cases';
import { manage, upload, uploadBody } from '../support/uploads';

const onnx = path.resolve('examples/models/words/1/model.onnx');

describe('models in the ORT format', () => {
  let cluster: TestCluster;
  let ort: Uint8Array<ArrayBuffer>;

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'direct', examples: '' });
    const file = await saveAsOrt(onnx, path.join(cluster.folder, 'words.ort'));
    ort = new Uint8Array(readFileSync(file));
    await upload(cluster.url, 'words', onnx);
  });

  afterAll(() => cluster.stop());

  test('answer as the ONNX model that they were made from, uploaded or found', async () => {
    const dry = await uploadBody(cluster.url, 'optimized?dry_run=true', ort);
    expect(dry.body).toMatchObject({ version: 1, created: true, batching: { allowed: true } });
    const { status } = await upload(cluster.url, 'optimized', ort, { filename: 'words.ort' });
    expect(status).toBe(201);
    copyFileSync(path.join(cluster.folder, 'words.ort'), path.join(cluster.repository, 'bare.ort'));
    await eventually('the file is found', async () => {
      return (await fetch(`${cluster.url}/v2/models/bare/ready`)).ok || undefined;
    });
    const inputs = [tensorOf('word', 'BYTES', [3], ['good', 'none', 'this is good'])];
    const own = await runReference(onnx, inputs);
    for (const model of ['optimized', 'bare', 'words']) {
      const { outputs } = await inferBinary({ url: cluster.url, model, inputs });
      expectClose(outputs, own, { rtol: 1e-6, atol: 1e-7 });
    }
  });

  test('say the same of themselves, but what they are', async () => {
    const about = async (model: string, what = ''): Promise<Record<string, unknown>> =>
      (await manage(cluster.url, 'GET', `/v2/models/${model}${what}`)).body;
    const [own, from] = [await about('optimized'), await about('words')];
    expect(own).toEqual({ ...from, name: 'optimized', platform: 'onnxruntime_ort' });
    const [config, before] = [await about('optimized', '/config'), await about('words', '/config')];
    expect(config).toMatchObject({
      platform: 'onnxruntime_ort',
      default_model_filename: 'model.ort',
      max_batch_size: before['max_batch_size'],
    });
    const { body } = await manage(cluster.url, 'GET', '/api/v1/models/optimized/example');
    const asked = await manage(cluster.url, 'POST', '/v2/models/optimized/infer', body);
    expect(asked.status).toBe(200);
    const download = await fetch(`${cluster.url}/api/v1/models/optimized/download`);
    expect(download.headers.get('content-disposition')).toContain('optimized.ort');
    expect(new Uint8Array(await download.arrayBuffer())).toEqual(ort);
  });

  /** Its last text is the number of the format. */
  function ofLaterFormat(whole: Buffer): Buffer {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(0x39, bytes.lastIndexOf(Buffer.from([1, 0, 0, 0, 0x36, 0])) + 4);
    return bytes;
  }

  test.each<[string, (whole: Buffer) => Buffer, RegExp]>([
    ['cut off', (whole) => whole.subarray(0, 900), /not a (whole )?model|runtime refuses/],
    ['no model', () => Buffer.from('no model at all'), /is no model in the ORT format/],
    ['of a later format', ofLaterFormat, /runtime refuses the model: .*version/],
  ])('that are %s are refused with the reason', async (_, change, reason) => {
    const bytes = new Uint8Array(change(readFileSync('tests/golden/ort/iris.ort')));
    const { status, body } = await upload(cluster.url, 'worse', bytes, { filename: 'a.ort' });
    expect([status, body.code]).toEqual([422, 'model_rejected']);
    expect(body.error).toMatch(reason);
    expect(existsSync(path.join(cluster.repository, 'worse/1'))).toBe(false);
  });

  test('are answered beside it by a host with another release of the runtime, which says so', async () => {
    const other = writeOtherRuntime(path.join(cluster.folder, 'other-runtime'));
    cluster.addHost({ HOST_ID: 'other', RUNTIME_DIRECTORY: other.directory });
    await cluster.ready('h1', 'h2', 'other');
    const inputs = [tensorOf('word', 'BYTES', [2], ['good', 'none'])];
    const own = await runReference(onnx, inputs);
    const releases = new Map<string, string | undefined>();
    for (const { id, url } of await cluster.hosts()) {
      const { outputs } = await inferBinary({ url, model: 'optimized', inputs });
      expectClose(outputs, own, { rtol: 1e-6, atol: 1e-7 });
      const metrics = await (await fetch(`${url}/metrics`)).text();
      releases.set(id, /^shoal_runtime_info\{.*release="(.+?)"\} 1$/m.exec(metrics)?.[1]);
    }
    expect(releases.get('other')).toBe(other.release);
    expect(releases.get('h1')).toMatch(/^1\./);
    expect(
      other
        .loaded()
        .map((file) => path.relative(cluster.repository, file))
        .sort(),
    ).toEqual(['bare/1/model.ort', 'optimized/1/model.ort', 'words/1/model.onnx']);
  });
});
