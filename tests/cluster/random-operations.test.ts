import { hostLines } from '../../inferrer/host-lines';
import { startCallers, stopCallers } from '../support/callers';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeWhere, missingCommand } from '../support/describe-where';
import { createDice, pick, seedOfRun, wholeOfRun } from '../support/faults/dice';
import { journalOfEachTest } from '../support/faults/journal';
import { ProcessSamples } from '../support/faults/process-samples';
import { KnownModel, type Outcome, type Reference } from '../support/known-model';
import { OipRefusal } from '../support/oip-calls';
import { askAddend } from '../support/plus-model';
import { addendsOf, labels, randomChanges, type RandomChanges } from '../support/random-changes';
import { runnerPids } from '../support/runner-pids';
import { sumOf } from '../support/samples';
import { manage } from '../support/uploads';

/** RANDOM_SECONDS=3600 SEED=7 npx jest dist/tests/cluster/random-operations */
const seconds = wholeOfRun('RANDOM_SECONDS', 60);
const seed = seedOfRun();

const clients = 64;

/** Answers of two of the models are kept and given again. */
const kept = { response_cache: { enable: true } };
const configs = { a: {}, b: kept, c: {}, d: kept };
const changesOfRound = 5;

/** Long enough for heaps to have seen all that they will hold. */
const long = seconds >= 600;

const journal = journalOfEachTest(seed);

describeWhere(missingCommand('nginx', 'curl'), 'random operations', () => {
  let cluster: TestCluster;
  /** An inferrer by itself, one through nginx, and each host's own port. */
  let urls: string[];

  beforeAll(async () => {
    cluster = await startCluster({
      balancer: 'both',
      hosts: 3,
      examples: '',
      environment: { MODEL_CONTROL: 'load', NODE_OPTIONS: '--max-semi-space-size=1' },
    });
    urls = [...cluster.urls, ...(await cluster.hosts()).map(({ url }) => url)];
  });

  afterEach(stopCallers);

  afterAll(() => cluster.stop());

  test(
    'of models, while 64 clients ask: every answer is one that it may be, every node lists what was made',
    async () => {
      const models = Object.entries(configs).map(
        ([name, config]) => new KnownModel(name, JSON.stringify(config)),
      );
      const dice = createDice(seed);
      const changes = models.map((model, at) =>
        randomChanges(model, addendsOf(at), cluster.urls, createDice(seed + 1 + at)),
      );
      const got = new Map<string, number>();
      const callers = startCallers(
        clients,
        async (call) => {
          const model = pick(dice, models);
          const of = referenceTo(model);
          const asked = model.begin(of);
          const at = pick(dice, urls);
          const { outcome, said } = await outcomeAt(at, model.name, of, call % 8);
          const possible = asked();
          if (!possible.has(outcome)) {
            const wanted = [...possible].join(' or ');
            const who = `${urls.indexOf(at)} of ${urls.length}`;
            throw new Error(
              `${model.name}:${of} gave ${outcome} instead of ${wanted} at ${who}: ${said}`,
            );
          }
          const kind = typeof outcome === 'number' ? 'answered' : outcome;
          got.set(kind, (got.get(kind) ?? 0) + 1);
        },
        { restMs: 100 },
      );
      const samples = new ProcessSamples();
      let mostHits = 0;
      const end = performance.now() + seconds * 1000;
      try {
        do {
          await Promise.all(
            changes.map(async (maker) => {
              for (let change = 0; change < changesOfRound; change += 1) await maker.one();
            }),
          );
          await compare(models);
          // What was counted of versions that have gone is not told any more.
          mostHits = Math.max(mostHits, await hits());
          samples.look(processes());
        } while (
          callers.failures.length === 0 &&
          (performance.now() < end || kindsOf(changes) < 9)
        );
      } finally {
        journal.note(await callers.stop());
        journal.note(JSON.stringify([...got]));
        journal.note(JSON.stringify(changes.map(({ counts }) => Object.fromEntries(counts))));
        for (const trend of samples.trends()) journal.note(JSON.stringify(trend));
        for (const line of linesOfLostHosts()) journal.note(line);
      }
      expect(callers.failures.slice(0, 20)).toEqual([]);
      expect(got.get('answered')).toBeGreaterThan(clients);
      expect(mostHits).toBeGreaterThan(0);
      if (long) expectFlat(samples);
    },
    120_000 + 2000 * seconds,
  );

  const dice = createDice(seed - 1);

  /** The default half of the time, else a label or any version that there may be. */
  function referenceTo({ last }: KnownModel): Reference {
    const numbers = Array.from({ length: 6 }, (_, at) => Math.max(1, last + 1 - at));
    return dice() < 0.5 ? '' : pick(dice, [...labels, ...numbers]);
  }

  /** Answers that were given again, by the inferrers and by the hosts asked themselves. */
  async function hits(): Promise<number> {
    const each = urls.map((url) => sumOf(url, /^shoal_cache_requests_total.*outcome="hit"/));
    return (await Promise.all(each)).reduce((all, its) => all + its, 0);
  }

  /** Of hosts that inferrers have lost sight of: changes do not wait for these. */
  function linesOfLostHosts(): string[] {
    const lines = cluster.logs().split('\n');
    return lines.filter((line) =>
      [hostLines.silent, hostLines.gone].some((each) => line.includes(each)),
    );
  }

  function processes(): [name: string, pid: number][] {
    const found = [...cluster.modelhosts].flatMap(([id, { pid }]): [string, number][] => [
      [id, pid],
      ...runnerPids(pid).map((runner): [string, number] => [`${id} runner`, runner]),
    ]);
    return [...cluster.inferrers.map(({ pid }): [string, number] => ['inferrer', pid]), ...found];
  }

  /** Expects every node to list and serve just these models. */
  async function compare(models: readonly KnownModel[]): Promise<void> {
    const expected = models
      .filter(({ state }) => state.addends.size > 0)
      .map(({ name, state }) => ({
        model: `${name}.onnx`,
        default_version: state.standard,
        description: state.description,
        ready: state.unloaded ? [] : [...state.addends.keys()],
      }));
    for (const [at, url] of urls.entries()) {
      const path = at < cluster.urls.length ? '/api/v1' : '/modelhost';
      const { body } = await manage(url, 'GET', `${path}/models/information`);
      const lines = (body['model_list'] as Line[]).map(({ versions, ...line }) => ({
        model: line.model,
        default_version: line.default_version,
        description: line.description,
        ready: versions.filter(({ state }) => state === 'ready').map(({ version }) => version),
      }));
      expect(lines).toEqual(expected);
    }
  }
});

/** Of how many kinds there were changes; all kinds are nine. */
function kindsOf(changes: readonly RandomChanges[]): number {
  return new Set(changes.flatMap(({ counts }) => [...counts.keys()])).size;
}

interface Line {
  readonly model: string;
  readonly default_version: number;
  readonly description: string;
  readonly versions: readonly { readonly version: number; readonly state: string }[];
}

/** @returns what it was, and of a refusal the words */
async function outcomeAt(
  url: string,
  model: string,
  of: Reference,
  x: number,
): Promise<{ readonly outcome: Outcome; readonly said: string }> {
  try {
    return { outcome: await addendAt(url, model, of, x), said: '' };
  } catch (error) {
    if (!(error instanceof OipRefusal) || ![404, 503].includes(error.status)) throw error;
    return { outcome: error.status === 404 ? '404' : '503', said: error.message };
  }
}

async function addendAt(url: string, model: string, of: Reference, x: number): Promise<number> {
  if (typeof of === 'string' && of !== '') return askLabel(url, `${model}/labels/${of}`, x);
  const asked = typeof of === 'number' ? { x, version: of } : { x };
  return (await askAddend(url, model, asked)).addend;
}

/** Labels have routes of their own in TensorFlow Serving's interface alone. */
async function askLabel(url: string, label: string, x: number): Promise<number> {
  const body = JSON.stringify({ instances: [[x]] });
  const answer = await fetch(`${url}/v1/models/${label}:predict`, { method: 'POST', body });
  const text = await answer.text();
  if (answer.status !== 200) throw new OipRefusal(answer.status, text);
  const { predictions } = JSON.parse(text) as { predictions: number[][] };
  return Number(predictions[0]![0]) - x;
}

/** The median of each process's memory in the second half is at most a tenth above the first. */
function expectFlat(samples: ProcessSamples): void {
  const trends = samples.trends();
  expect(trends.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['inferrer', 'h1', 'h2', 'h3']),
  );
  const grown = trends.filter(
    ({ early, late }) =>
      late.residentBytes > 1.1 * early.residentBytes || late.descriptors > early.descriptors + 32,
  );
  expect(grown).toEqual([]);
}
