import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { refusedModels } from '../conformance/refused-models';
import { tar } from '../support/archives';
import { archivesWith, evilArchives, evilBeyond, evilNames } from '../support/evil-archives';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { externalModel, weightBytes } from '../support/external-model';
import { filesBelow } from '../support/files-below';
import { writeAbort, writeAllocate, writeRounds, writeThreeWide } from '../support/made-models';
import { announce, raw, sendHalf } from '../support/odd-uploads';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { describeShared, readManifest, sharedModelFile } from '../support/shared-models';
import { manage, upload, uploadBody } from '../support/uploads';

const text = new TextEncoder();

describeEachBalancer('bad uploads to a cluster', (balancer) => {
  let cluster: TestCluster;
  /** The inferrer, and each host's own port. */
  let urls: string[];

  beforeAll(async () => {
    cluster = await startCluster({
      balancer,
      examples: '',
      environment: {
        UPLOAD_MAX_BYTES: '1000000',
        PROBE_TIME_MS: '8000',
        PROBE_MEMORY_BYTES: String(300 * 1024 ** 2),
      },
    });
    urls = [cluster.url, ...(await cluster.hosts()).map(({ url }) => url)];
    await upload(cluster.url, 'plus', plusModel(1));
  });

  afterAll(() => cluster.stop());

  afterEach(stopCallers);

  /** The repository, and all else that the processes of the cluster write. */
  const files = (): string[] => filesBelow(cluster.folder).sort();

  /** Runs what must leave everything as it was, in the repository and outside. */
  async function leavesNothing(run: () => Promise<void>): Promise<void> {
    const before = files();
    await run();
    await eventually('the repository is as before', () => {
      expect(files()).toEqual(before);
      return true;
    });
    expect(evilBeyond(cluster.folder)).toEqual([]);
  }

  test('text that is called .onnx: 422 with the reason', () =>
    leavesNothing(async () => {
      const { status, body } = await upload(cluster.url, 'words', text.encode('no model at all'));
      expect([status, body.code]).toEqual([422, 'model_rejected']);
      expect(body.error).toMatch(/not an ONNX model/);
    }));

  test('a file with another ending: 415 with the ending', () =>
    leavesNothing(async () => {
      const filename = 'setup.exe';
      const answer = await upload(cluster.url, 'setup', plusModel(1), { filename });
      expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
      expect(answer.body.error).toContain('.exe');
      const named = await upload(cluster.url, 'setup.pkl', plusModel(1));
      expect([named.status, named.body.code]).toEqual([409, 'not_onnx_name']);
    }));

  test('a warm-up that the model does not get through: 422, and the old version answers', () => {
    const narrow = writeThreeWide(cluster.folder);
    return leavesNothing(async () => {
      const inputs = { x: { data_type: 'TYPE_FP32', dims: [2], zero_data: true } };
      const warmUp = { name: 'narrow', batch_size: 2, inputs };
      const fields = { config: JSON.stringify({ model_warmup: [warmUp] }) };
      const { status, body } = await upload(cluster.url, 'plus', narrow, { fields });
      expect([status, body.code]).toEqual([422, 'model_rejected']);
      expect(body.error).toContain("The warm-up that model_warmup.0 'narrow' asks for fails");
      expect((await askAddend(cluster.url, 'plus', { x: 3 })).addend).toBe(1);
    });
  });

  test('ten gigabytes, announced: 413 with the limit, before they are sent', () =>
    leavesNothing(async () => {
      const { status, body } = await announce(`${cluster.url}/api/v1/models/large`, 10 * 2 ** 30);
      expect(status).toBe(413);
      const { error, code } = JSON.parse(body) as { error: string; code: string };
      expect(code).toBe('too_large');
      expect(error).toMatch(/\d{6,} bytes/);
    }));

  test('an upload that breaks off half way', () =>
    leavesNothing(async () => {
      const before = files().join();
      const sent = sendHalf(`${cluster.url}/api/v1/models/half`, plusModel(2));
      await eventually('it is being stored', () => files().join() !== before || undefined);
      sent.destroy();
      const { body } = await manage(cluster.url, 'GET', '/api/v1/models');
      expect(body['model_list']).toEqual(['plus.onnx']);
    }));

  test('archives that lead elsewhere, have links, or are bombs: 4xx with the reason', () =>
    leavesNothing(async () => {
      for (const [bytes, status, reason] of evilArchives()) {
        const answer = await uploadBody(cluster.url, 'evil', bytes);
        expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(reason)]);
      }
    }));

  test('files with names that lead elsewhere, or are none on some systems: 422', () =>
    leavesNothing(async () => {
      for (const name of evilNames) {
        for (const bytes of archivesWith(name)) {
          const { status, body } = await uploadBody(cluster.url, 'evil', bytes);
          expect([status, body.error]).toEqual([422, expect.stringMatching(/has a name that/)]);
        }
        const form = new FormData();
        form.append('path', new File([plusModel(7)], 'model.onnx'));
        form.append('files', new File(['x'], name));
        const put = { method: 'PUT', body: form };
        const { status } = await fetch(`${cluster.url}/api/v1/models/evil`, put);
        expect([name, status]).toEqual([name, 422]);
      }
    }));

  test('an archive that breaks off half way', () =>
    leavesNothing(async () => {
      const before = files().join();
      const whole = tar([
        { name: 'model.onnx', data: plusModel(3) },
        { name: 'x', data: 'x' },
      ]);
      const sent = sendHalf(`${cluster.url}/api/v1/models/half`, whole);
      await eventually('it is being stored', () => files().join() !== before || undefined);
      sent.destroy();
    }));

  test('weights beside the model, as form and as archive, and as they are downloaded', async () => {
    const weights = path.join(cluster.folder, 'weights.bin');
    writeFileSync(weights, weightBytes(6));
    const model = new Uint8Array(externalModel());
    const first = await upload(cluster.url, 'apart', model, { beside: [weights] });
    expect([first.status, first.body.version]).toEqual([201, 1]);
    for (const url of urls) expect((await askAddend(url, 'apart')).addend).toBe(6);
    const parts = [
      { name: 'apart/1/model.onnx', data: model },
      { name: 'apart/1/weights.bin', data: weightBytes(6) },
    ];
    const { body } = await uploadBody(cluster.url, 'apart', gzipSync(tar(parts)));
    expect(body).toMatchObject({ version: 1, created: false, sha256: first.body.sha256 });
    const download = await fetch(`${cluster.url}/api/v1/models/apart/download`);
    expect(download.headers.get('etag')).toBe(`"${first.body.sha256}"`);
    const again = await uploadBody(
      cluster.url,
      'apart',
      new Uint8Array(await download.arrayBuffer()),
    );
    expect([again.status, again.body.version]).toEqual([200, 1]);
    await manage(cluster.url, 'DELETE', '/api/v1/models/apart');
    await eventually('its state alone is left', () => {
      const left = files().filter((name) => /\/(apart|\.staging)\//.test(name));
      expect(left).toEqual([expect.stringMatching(/\/apart\/state\.\d+\.json$/)]);
      return true;
    });
  });

  test('a dry run says what would happen, and nothing is stored', () =>
    leavesNothing(async () => {
      const bytes = new Uint8Array(plusModel(9));
      const path = '/api/v1/models/plus?dry_run=true';
      const answer = await fetch(`${cluster.url}${path}`, { method: 'PUT', body: bytes });
      const told = (await answer.json()) as { row_us: { rows: number }[] };
      expect([answer.status, told]).toMatchObject([200, { dry_run: true, version: 2, ran: true }]);
      expect(told.row_us.map(({ rows }) => rows)).toEqual([1, 8, 32]);
      const bad = text.encode('no model at all');
      const refused = await fetch(`${cluster.url}${path}`, { method: 'PUT', body: bad });
      expect(refused.status).toBe(422);
    }));

  /** The model of this file is refused, with this reason, and who asks another does not notice. */
  async function refusedUnderLoad(file: string, reason: RegExp): Promise<void> {
    const callers = startCallers(4, async (seed) => {
      const { addend } = await askAddend(urls[seed % urls.length]!, 'plus', { x: seed % 1000 });
      if (addend !== 1) throw new Error(`plus adds ${addend}`);
    });
    await callers.more(10);
    await leavesNothing(async () => {
      const { status, body } = await upload(cluster.url, 'hostile', file);
      expect([status, body.code]).toEqual([422, 'model_rejected']);
      expect(body.error).toMatch(reason);
    });
    await callers.more(100);
    await callers.stop();
    expect(callers.failures).toEqual([]);
  }

  test.each([
    ['ends its process', writeAbort, /int4/],
    ['does not end', (folder: string) => writeRounds(folder, 100_000_000), /more than 8000 ms/],
    ['takes all memory', (folder: string) => writeAllocate(folder, 500_000_000), /bytes of memory/],
  ])('a model that %s is refused while others are under load', (_what, write, reason) =>
    refusedUnderLoad(write(cluster.folder), reason),
  );

  describeShared('of the shared models', () => {
    const named = (prefix: string): string[] =>
      readManifest()
        .models.map(({ name }) => name)
        .filter((name) => name.startsWith(prefix));

    test.each(named('hostile_'))('%s is refused while others are under load', (name) =>
      refusedUnderLoad(sharedModelFile(name), refusedModels[name] ?? /bytes of memory/),
    );

    test('each bad one is refused with its reason', () =>
      leavesNothing(async () => {
        for (const name of named('bad_')) {
          const { status, body } = await upload(cluster.url, 'bad', sharedModelFile(name));
          expect([name, status, body.code]).toEqual([name, 422, 'model_rejected']);
          expect(body.error).toMatch(refusedModels[name]!);
        }
      }));
  });

  test.each([
    ['..', 422, 'invalid_name'],
    ['..%2F..%2Fetc', 422, 'invalid_name'],
    ['%2e%2e', 422, 'invalid_name'],
    ['a%2Fb', 422, 'invalid_name'],
    ['.hidden', 422, 'invalid_name'],
    ['a%00', 422, 'invalid_name'],
    ['ä', 422, 'invalid_name'],
    ['%', 422, 'invalid_request'],
    ['a\\b', 400, 'invalid_request'],
  ])('a name that leads elsewhere, or is none: %j', (name, wantedStatus, code) =>
    leavesNothing(async () => {
      for (const url of urls) {
        const models = `${url}/${url === cluster.url ? 'api/v1' : 'modelhost'}/models/`;
        for (const method of ['PUT', 'DELETE', 'GET']) {
          const { status, body } = await raw(models, name, method);
          const told = JSON.parse(body) as { readonly code: string };
          expect([method, status, told.code]).toEqual([method, wantedStatus, code]);
        }
        // It is the name: under another one the same request is taken.
        expect((await raw(models, 'plus', 'PUT')).status).toBe(200);
      }
    }),
  );

  test('a bare file that is put into the repository is served until it is taken away', async () => {
    const bare = path.join(cluster.repository, 'dropped.onnx');
    const made = path.join(cluster.folder, 'dropped.onnx');
    writeFileSync(path.join(cluster.repository, 'broken.onnx'), 'no model at all');
    writeFileSync(made, plusModel(5));
    copyFileSync(made, bare);
    for (const url of urls) {
      await eventually('it is served', async () => {
        return (await askAddend(url, 'dropped')).addend === 5 || undefined;
      });
    }
    expect((await manage(cluster.url, 'GET', '/api/v1/models')).body['model_list']).toContain(
      'dropped.onnx',
    );
    renameSync(bare, made);
    for (const url of urls) {
      await eventually('it is gone', async () => {
        const error = await askAddend(url, 'dropped').catch((reason: unknown) => reason);
        return (error as { status?: number }).status === 404 || undefined;
      });
      expect((await askAddend(url, 'plus')).addend).toBe(1);
    }
    rmSync(path.join(cluster.repository, 'broken.onnx'));
  });
});
