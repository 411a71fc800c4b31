import { affinity } from '../../serving/dispatch/affinity';
import { startCallers } from './callers';
import type { TestCluster } from './cluster';
import { askAddend, plusModel } from './plus-model';
import { eventually } from './processes';
import { manage, upload, type Uploading } from './uploads';

/** Of h2 and h3 the hash gives this name to h3. */
const moving = 'one-copy';

/** Models on some hosts of a cluster of h1 with the label link=unix and h2 with link=tcp. */
export async function tryPlacement(cluster: TestCluster, moves: boolean): Promise<void> {
  await onNamedHosts(cluster);
  if (moves) await comeAndGo(cluster);
  if (moves) await twoOfThree(cluster);
  for (const model of ['on-first', moving]) {
    await manage(cluster.url, 'DELETE', `/api/v1/models/${model}`);
  }
}

function placed(placement: unknown): Uploading {
  return { fields: { config: JSON.stringify({ shoal: { placement } }) } };
}

/** The hosts that have answered of 20 calls. */
async function answering(cluster: TestCluster, model: string): Promise<string> {
  const calls = Array.from({ length: 20 }, () => askAddend(cluster.url, model));
  const answers = await Promise.all(calls);
  for (const { addend } of answers) expect(addend).toBe(7);
  return [...new Set(answers.map(({ answer }) => answer.host))].sort().join();
}

async function onNamedHosts(cluster: TestCluster): Promise<void> {
  const named = placed({ labels: { host: ['h1', 'none'] } });
  const { body } = await upload(cluster.url, 'on-first', plusModel(7), named);
  const lines = body.hosts.map(({ host, state }) => `${host} ${state}`).sort();
  expect(lines).toEqual(['h1 ready', 'h2 elsewhere']);
  expect(await answering(cluster, 'on-first')).toBe('h1');
  const labelled = placed({ copies: 1, labels: { link: ['tcp', 'none'] } });
  expect((await upload(cluster.url, moving, plusModel(7), labelled)).status).toBe(201);
  expect(await answering(cluster, moving)).toBe('h2');
  const nowhere = placed({ labels: { link: 'none' } });
  const refused = await upload(cluster.url, 'nowhere', plusModel(7), nowhere);
  expect([refused.status, refused.body.code]).toEqual([422, 'model_rejected']);
  expect(refused.body.error).toMatch(/link=none: .*h1 has link=unix; h2 has link=tcp/);
}

/** A model moves to a host that comes, and back before that one has stopped; no call fails. */
async function comeAndGo(cluster: TestCluster): Promise<void> {
  const comes = cluster.addHost({ HOST_LABELS: 'link=tcp' });
  await whileAsked(cluster, cluster.ready('h1', 'h2', 'h3'));
  await eventually(
    'h3 has it',
    async () => (await answering(cluster, moving)) === 'h3' || undefined,
  );
  await whileAsked(cluster, comes.end('SIGTERM'));
  expect(comes.log()).toContain('a version is to be on other modelhosts, and stays');
  cluster.modelhosts.delete('h3');
  expect(await answering(cluster, moving)).toBe('h2');
}

/** Models on two hosts of three, one of which is killed: the other answers, then the third as well. */
async function twoOfThree(cluster: TestCluster): Promise<void> {
  const last = cluster.addHost();
  const all = ['h1', 'h2', last.name];
  await cluster.ready(...all);
  const named = placed({ labels: { host: ['h1', 'h2'] } });
  await uploaded(cluster, 'on-two', named, ['h1', 'h2']);
  const { model, hosts } = copiedTo(last.name, all);
  await uploaded(cluster, model, placed({ copies: 2 }), hosts);
  const callers = startCallers(4, async () => {
    const { addend } = await askAddend(cluster.url, model);
    if (addend !== 7) throw new Error(`${addend} instead of 7`);
  });
  await callers.more(20);
  await last.end('SIGKILL');
  cluster.modelhosts.delete(last.name);
  await callers.more(20);
  await allAnswer(cluster, model, ['h1', 'h2']);
  await callers.stop();
  expect(callers.failures).toEqual([]);
  for (const each of ['on-two', model]) {
    await manage(cluster.url, 'DELETE', `/api/v1/models/${each}`);
  }
}

/** A name of a model for which the hash gives one of two copies to the host. */
function copiedTo(host: string, all: readonly string[]): { model: string; hosts: string[] } {
  for (let number = 1; ; number += 1) {
    const model = `copies-${number}`;
    const ranked = all.toSorted((a, b) => affinity(b, model) - affinity(a, model));
    const hosts = ranked.slice(0, 2).sort();
    if (hosts.includes(host)) return { model, hosts };
  }
}

async function uploaded(
  cluster: TestCluster,
  model: string,
  uploading: Uploading,
  hosts: readonly string[],
): Promise<void> {
  const { body } = await upload(cluster.url, model, plusModel(7), uploading);
  const ready = body.hosts.filter(({ state }) => state === 'ready').map(({ host }) => host);
  const elsewhere = body.hosts.filter(({ state }) => state === 'elsewhere');
  expect([ready.sort(), elsewhere.length]).toEqual([hosts, 1]);
  await allAnswer(cluster, model, hosts);
}

/** Each of the hosts answers, and nobody else. */
async function allAnswer(
  cluster: TestCluster,
  model: string,
  hosts: readonly string[],
): Promise<void> {
  const others: string[] = [];
  const answered = new Set<string>();
  await eventually(`${hosts.join()} answer`, async () => {
    for (const host of (await answering(cluster, model)).split(',')) {
      if (hosts.includes(host)) answered.add(host);
      else others.push(host);
    }
    return answered.size === hosts.length || undefined;
  });
  expect(others).toEqual([]);
}

async function whileAsked(cluster: TestCluster, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const end = work.finally(() => {
    over.abort();
  });
  while (!over.signal.aborted) expect((await askAddend(cluster.url, moving)).addend).toBe(7);
  await end;
}
