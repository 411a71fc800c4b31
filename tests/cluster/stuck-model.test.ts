import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { startLoad } from '../support/load';
import { writeRounds } from '../support/made-models';
import { inferJson, OipRefusal } from '../support/oip-calls';
import { encodeElements } from '../support/shared-cases';
import { upload } from '../support/uploads';

/** How a model that keeps killing its runners is refused in the end. */
const leftOut: readonly string[] = ['model_not_ready', 'quarantined'];

/** `rounds` passes its try and then, asked for far too many rounds, does not come back. */
const tooMany = 100_000_000;

describeEachBalancer('a model that gets stuck while others are under load', (balancer) => {
  let cluster: TestCluster;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-stuck-'));
    const examples = path.join(folder, 'examples');
    mkdirSync(examples);
    cpSync('examples/models/add-sub', path.join(examples, 'add-sub'), { recursive: true });
    const environment = { MAX_RUN_MS: '1500' };
    cluster = await startCluster({ balancer, examples, environment });
  });

  afterEach(stopCallers);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function rounds(count: number): ReturnType<typeof inferJson> {
    const data = encodeElements('INT64', [count]);
    const inputs = [{ name: 'rounds', datatype: 'INT64', shape: [], data } as const];
    return inferJson({ url: cluster.url, model: 'rounds', inputs });
  }

  test('its caller is told, nobody else fails, and it is left out before long', async () => {
    expect((await upload(cluster.url, 'rounds', writeRounds(folder))).status).toBe(201);
    expect((await rounds(1)).outputs).toHaveLength(1);
    const load = startLoad(cluster.url, { callers: 4 });
    await load.more(300);
    const codes: string[] = [];
    while (!codes.some((code) => leftOut.includes(code)) && codes.length < 20) {
      // Each time another content: the same one would be refused for itself.
      const refusal = await rounds(tooMany + codes.length).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(OipRefusal);
      const { status, text } = refusal as OipRefusal;
      const { code } = JSON.parse(text) as { code: string };
      expect(status).toBe(code === 'request_quarantined' ? 422 : 503);
      codes.push(code);
    }
    expect(leftOut).toContain(codes.at(-1));
    await load.more(300);
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});
