import { copyFileSync, readdirSync, renameSync, rmSync, writeFileSync, type Dirent } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import path from 'node:path';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { writeAbort, writeAllocate, writeRounds } from '../support/made-models';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { describeShared, sharedModelFile } from '../support/shared-models';
import { manage, upload } from '../support/uploads';

const text = new TextEncoder();

/**
 * Every file and directory below one. Unlike the recursive `readdirSync` it does not fail when the
 * cluster removes a directory between its being listed and being read.
 */
function filesBelow(directory: string): string[] {
  return readIfThere(directory).flatMap((entry) => {
    const name = path.join(directory, entry.name);
    return entry.isDirectory() ? [name, ...filesBelow(name)] : [name];
  });
}

function readIfThere(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

describeEachBalancer('bad uploads to a cluster', (balancer) => {
  let cluster: TestCluster;
  /** The inferrer, and each host's own port. */
  let urls: string[];

  beforeAll(async () => {
    cluster = await startCluster({
      balancer,
      examples: '',
      environment: { PROBE_TIME_MS: '8000', PROBE_MEMORY_BYTES: String(300 * 1024 ** 2) },
    });
    urls = [cluster.url, ...(await cluster.hosts()).map(({ url }) => url)];
    await upload(cluster.url, 'plus', plusModel(1));
  });

  afterAll(() => cluster.stop());

  afterEach(stopCallers);

  const files = (): string[] => filesBelow(cluster.repository).sort();

  /** Runs what must leave the repository as it was. */
  async function leavesNothing(run: () => Promise<void>): Promise<void> {
    const before = files();
    await run();
    await eventually('the repository is as before', () => {
      return files().join() === before.join() || undefined;
    });
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
    test.each([
      ['hostile_light_zfnet512', /bytes of memory/],
      ['hostile_cast_float_to_int4', /int4/],
    ])('%s is refused while others are under load', (name, reason) =>
      refusedUnderLoad(sharedModelFile(name), reason),
    );
  });

  test('names that lead elsewhere', () =>
    leavesNothing(async () => {
      const names = ['..', '..%2F..%2Fetc', '%2e%2e', 'a%2Fb', '.hidden', 'a%00', 'ä', '%', 'a\\b'];
      for (const name of names) {
        for (const url of urls) {
          const base = url === cluster.url ? 'api/v1' : 'modelhost';
          for (const method of ['PUT', 'DELETE', 'GET']) {
            const { status } = await raw(`${url}/${base}/models/`, name, method);
            expect([name, method, [400, 404, 405, 422].includes(status), status]).toEqual([
              name,
              method,
              true,
              status,
            ]);
          }
        }
      }
    }));

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

interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Announces a body of so many bytes and sends none of it. */
function announce(url: string, bytes: number): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': bytes, 'content-type': 'application/octet-stream' };
    const sent = request(url, { method: 'PUT', headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => (body += part));
      answer.on('end', () => {
        sent.destroy();
        resolve({ status: answer.statusCode ?? 0, body });
      });
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
}

/** Sends half of an upload. */
function sendHalf(url: string, bytes: Uint8Array): ClientRequest {
  const sent = request(url, { method: 'PUT', headers: { 'content-length': bytes.length } });
  sent.on('error', () => undefined);
  sent.write(bytes.subarray(0, bytes.length / 2));
  return sent;
}

/** A request whose last part of the path is sent as it is. */
function raw(base: string, name: string, method: string): Promise<{ readonly status: number }> {
  const { hostname, port, pathname } = new URL(base);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: encodeURI(pathname) + encodeNonAscii(name), method };
    const sent = request(options, (answer) => {
      answer.resume().on('end', () => {
        resolve({ status: answer.statusCode ?? 0 });
      });
    });
    sent.on('error', reject);
    sent.end(method === 'PUT' ? 'no model at all' : undefined);
  });
}

function encodeNonAscii(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, encodeURIComponent);
}
