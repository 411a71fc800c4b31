import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster, type Balancer, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { buildEarlier, type EarlierBuild } from '../support/earlier-build';
import { startCheckedLoad, type CheckedLoad } from '../support/faults/checked-load';
import { edgeUsesAll, startEdge } from '../support/faults/edge';
import { createJournal, type Journal } from '../support/faults/journal';
import { createWideModel } from '../support/faults/wide-model';
import type { RunningNginx } from '../support/nginx';
import { inferBinary } from '../support/oip-calls';
import { upload } from '../support/uploads';

/**
 * EARLIER_COMMIT=<commit> npx jest dist/tests/cluster/two-releases
 *
 * Where nothing is said, upgraded from what knows of no shared memory in links, no signs of life of
 * runners, no refused contents in heartbeats, and no default answers in catalogs.
 */
const commit = process.env['EARLIER_COMMIT'];
const now = '';
const callers = 4;

describeWhere(
  missingCommand('nginx', 'curl', 'tar'),
  'processes of an earlier build beside those of this one',
  () => {
    let earlier: EarlierBuild | undefined;
    /** A folder with one model: an earlier build tries each that it begins with. */
    let examples = '';

    beforeAll(() => {
      earlier = buildEarlier(commit);
      examples = mkdtempSync(path.join(tmpdir(), 'shoal-examples-'));
      cpSync('examples/models/add-sub', path.join(examples, 'add-sub'), { recursive: true });
    });

    afterAll(() => {
      earlier?.remove();
      rmSync(examples, { recursive: true, force: true });
    });

    describe.each<Balancer>(['direct', 'nginx'])('%s', (balancer) => {
      let cluster: TestCluster;
      let edge: RunningNginx | undefined;
      let load: CheckedLoad | undefined;
      let journal: Journal;
      const wide = createWideModel();

      beforeAll(async () => {
        journal = createJournal(`upgrade from ${commit ?? 'the sources kept'}, ${balancer}`);
        const build = earlier!.dist;
        cluster = await startCluster({ balancer, inferrers: 2, hosts: 1, examples, build });
        edge = await startEdge(cluster);
        expect((await upload(cluster.url, 'wide', wide.file)).status).toBe(201);
        load = startCheckedLoad(edge.url, { callers });
      });

      afterAll(async () => {
        if (load !== undefined) journal.note(await load.stop());
        journal.print();
        await edge?.stop();
        await cluster.stop();
      });

      /** These hosts, and nobody else, answer both inferrers; nothing has failed so far. */
      async function serve(...ids: string[]): Promise<void> {
        await cluster.ready(...ids);
        for (const id of ids) await load!.moreBy(id, 30);
        for (const url of cluster.urls) await answersWide(url);
        journal.note(`${ids.join(', ')} answer; slowest answer ${load!.slowestMs()} ms`);
        expect(load!.failures.slice(0, 10)).toEqual([]);
      }

      /** Inputs that new links put into shared memory, where both sides can. */
      async function answersWide(url: string): Promise<void> {
        for (let seed = 1; seed <= 10; seed += 1) {
          const { input, output } = wide.call(seed);
          const answer = await inferBinary({ url, model: 'wide', inputs: [input] });
          expect(Buffer.compare(answer.outputs[0]!.data, output)).toBe(0);
        }
      }

      async function leaves(id: string): Promise<void> {
        expect(await cluster.modelhosts.get(id)!.end('SIGTERM')).toBe(0);
      }

      async function replaceInferrer(index: number, ...hosts: string[]): Promise<void> {
        expect(await cluster.inferrers[index]!.end('SIGTERM')).toBe(0);
        cluster.restartInferrer(index, now);
        await cluster.ready(...hosts);
        await edgeUsesAll(cluster);
      }

      /** A model that is uploaded through each inferrer is served by all hosts. */
      async function uploads(name: string): Promise<void> {
        const model = new Uint8Array(readFileSync('examples/models/add-sub/1/model.onnx'));
        for (const [index, url] of cluster.urls.entries()) {
          const added = await upload(url, `${name}-${index}`, model);
          expect([added.status, added.body]).toEqual([201, expect.anything()]);
          for (const { state } of added.body.hosts) expect(state).toBe('ready');
        }
        expect(load!.failures.slice(0, 10)).toEqual([]);
      }

      async function earlierInferrersTakeOurHost(): Promise<void> {
        cluster.addHost({}, now);
        await serve('h1', 'h2');
        await uploads('mixed-hosts');
      }

      async function earlierInferrersHaveOurHostAlone(): Promise<void> {
        await leaves('h1');
        await serve('h2');
      }

      async function inferrersAndHostsOfBoth(): Promise<void> {
        await replaceInferrer(0, 'h2');
        cluster.addHost({}, earlier!.dist);
        await serve('h2', 'h3');
        await uploads('mixed-inferrers');
      }

      async function ourInferrersHaveAnEarlierHostAlone(): Promise<void> {
        await replaceInferrer(1, 'h2', 'h3');
        await leaves('h2');
        await serve('h3');
      }

      // One after the other: where a step fails, the next would wait for what cannot come.
      test('every mixture of inferrers and hosts answers, and takes uploads; no request fails', async () => {
        await earlierInferrersTakeOurHost();
        await earlierInferrersHaveOurHostAlone();
        await inferrersAndHostsOfBoth();
        await ourInferrersHaveAnEarlierHostAlone();
      });
    });
  },
);
