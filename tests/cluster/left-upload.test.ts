import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startCluster, type TestCluster } from '../support/cluster';
import { writeRounds } from '../support/made-models';
import { askAddend, plusModel } from '../support/plus-model';
import { eventually } from '../support/processes';
import { manage, upload } from '../support/uploads';

/** A run of it takes half a second or more, and so does its load. */
const rounds = 50_000;

/** npx jest dist/tests/cluster/left-upload */
describe('an upload whose caller leaves while it is being loaded', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startCluster({ balancer: 'direct', examples: '' });
    await upload(cluster.url, 'plus', plusModel(1));
  });

  afterAll(() => cluster.stop());

  /** Resolves when the caller has gone; the version lies there by then. */
  async function leave(model: string, version: number): Promise<void> {
    const gone = new AbortController();
    const body = new Uint8Array(readFileSync(writeRounds(cluster.folder, rounds)));
    const { signal } = gone;
    const put = fetch(`${cluster.url}/api/v1/models/${model}`, { method: 'PUT', body, signal });
    const left = expect(put).rejects.toThrow(/aborted/);
    await eventually('it is stored', () => isThere(model, version) || undefined);
    gone.abort();
    await left;
  }

  const isThere = (model: string, version: number): boolean =>
    existsSync(path.join(cluster.repository, model, String(version), 'meta.json'));

  const isGone = (model: string, version: number): Promise<unknown> =>
    eventually('its files have gone', () => !isThere(model, version) || undefined);

  test('of a model that is there: its version goes, and the old one answers', async () => {
    await leave('plus', 2);
    await isGone('plus', 2);
    expect((await askAddend(cluster.url, 'plus', { x: 3 })).addend).toBe(1);
    const { status, body } = await upload(cluster.url, 'plus', plusModel(2));
    expect([status, body.version]).toEqual([201, 3]);
  });

  test('of a model that is new: there is none', async () => {
    await leave('new', 1);
    await isGone('new', 1);
    await eventually('nobody tells of it', async () => {
      const { body } = await manage(cluster.url, 'GET', '/api/v1/models');
      return (body['model_list'] as string[]).join() === 'plus.onnx' || undefined;
    });
  });
});
