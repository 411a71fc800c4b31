import type { CanaryDecision } from '../../protocol/canary/canary';
import { startCallers } from './callers';
import type { TestCluster } from './cluster';
import { OipRefusal } from './oip-calls';
import { askAddend, fragilePlusModel, plusModel, slowPlusModel } from './plus-model';
import { eventually } from './processes';
import { sumOf } from './samples';
import { eventsNow, type ToldEvent } from './told-events';
import { manage, upload } from './uploads';

/** What became of a canary. */
export interface CanaryEnd {
  readonly decisions: readonly CanaryDecision[];
  /** Milliseconds from its beginning to its end. */
  readonly lasted: number;
  /** Requests since the last `forget`. */
  readonly asked: number;
  /** Share of the requests that a version has had since the last `forget`. */
  readonly shareOf: (version: number) => number;
}

/** As a client writes it; what it leaves out is a tenth for 60 s, and the limits of the trial. */
interface CanaryWish {
  readonly version: number;
  readonly steps?: readonly number[];
  readonly every?: string;
  readonly limits?: object;
  readonly sticky?: object;
}

/**
 * A model `tested` under load: version 2 answers otherwise than 1, version 3 alike, version 4 fails,
 * version 5 takes long.
 */
export interface CanaryTrial {
  readonly failures: readonly string[];
  /** Begins by one inferrer and asks another what became of it. */
  run(plan: CanaryWish, state: string): Promise<CanaryEnd>;
  /** Resolves when each inferrer has told just these events of canaries since the trial was made. */
  told(events: string): Promise<void>;
  /** Resolves when so many decisions are counted by all inferrers together; that follows a decision. */
  decided(count: number): Promise<void>;
  /** Forgets all answers, those that are under way too. */
  forget(): Promise<void>;
}

const addends = [1, 99, 1, 1, 1];
const [failing, slow] = ['4', '5'];
/** Some thirty milliseconds of work. */
const slowRounds = 3000;
const limits = { error_rate: 0.5, latency_ratio: null, disagreement: 0.1, min_requests: 20 };
const path = '/api/v1/models/tested';

export async function createCanaryTrial(
  cluster: TestCluster,
  urls: readonly string[],
): Promise<CanaryTrial> {
  const [url, other] = cluster.urls as [string, string];
  await uploadAll(url);
  const lasts = await Promise.all(cluster.urls.map((at) => eventsNow(at)));
  let answers = new Map<string, number>();
  const ask = async (seed: number): Promise<void> => {
    const at = urls[seed % urls.length]!;
    const counted = answers;
    const asked = askAddend(at, 'tested', { x: seed % 1000 });
    const { addend, answer } = await asked.catch(failedAs(failing));
    if (addends[Number(answer.version) - 1] !== addend) throw new Error(`${addend}`);
    counted.set(answer.version, (counted.get(answer.version) ?? 0) + 1);
  };
  // A canary is judged by the number of its answers, and it has a tenth of them.
  const callers = startCallers(16, ask, { restMs: 5 });
  return {
    failures: callers.failures,
    async run(plan, state) {
      const begun = await manage(url, 'PUT', `${path}/canary`, {
        ...{ steps: [10, 100], every: '60s', ...plan },
        limits: { ...limits, ...plan.limits },
      });
      if (begun.status !== 200) throw new Error(JSON.stringify(begun.body));
      const body = await eventually(`the canary ${plan.version} is ${state}`, async () => {
        const told = (await manage(other, 'GET', `${path}/canary`)).body;
        if (told['state'] !== state) throw new Error(JSON.stringify(told));
        return told;
      });
      const decisions = body['decisions'] as readonly CanaryDecision[];
      const [began, ended] = [decisions[0], decisions.at(-1)].map((one) => Date.parse(one!.at));
      const asked = [...answers.values()].reduce((sum, count) => sum + count, 0);
      const shareOf = (version: number): number => (answers.get(String(version)) ?? 0) / asked;
      return { decisions, lasted: ended! - began!, asked, shareOf };
    },
    told: (events) => allTell(cluster, lasts, events),
    decided: (count) => allCount(cluster, count),
    async forget() {
      // By then every way to ask has heard how the last one has ended.
      await callers.more(50);
      answers = new Map();
    },
  };
}

async function allTell(
  { urls }: TestCluster,
  lasts: readonly (readonly ToldEvent[])[],
  events: string,
): Promise<void> {
  for (const [index, at] of urls.entries()) {
    await eventually(`${at} tells ${events}`, async () => {
      const told = await eventsNow(at, lasts[index]?.[0]?.id, 'tested');
      const names = told.map(({ name }) => name).filter((name) => name.startsWith('canary.'));
      return names.map((name) => name.slice('canary.'.length)).join(' ') === events || undefined;
    });
  }
}

async function allCount({ urls }: TestCluster, count: number): Promise<void> {
  await eventually(`${count} decisions are counted`, async () => {
    const each = urls.map((at) => sumOf(at, /^shoal_canary_decisions_total/));
    const sum = (await Promise.all(each)).reduce((one, other) => one + other);
    return sum === count || undefined;
  });
}

/** Only one of the versions fails, and says that the input is not for it. */
function failedAs(
  version: string,
): (error: unknown) => { addend: number; answer: { version: string } } {
  return (error) => {
    if (!(error instanceof OipRefusal) || error.status !== 400) throw error;
    return { addend: addends[Number(version) - 1]!, answer: { version } };
  };
}

function fileOf(version: string, addend: number): Uint8Array<ArrayBuffer> {
  if (version === failing) return fragilePlusModel();
  return version === slow ? slowPlusModel(slowRounds) : plusModel(addend);
}

async function uploadAll(url: string): Promise<void> {
  for (const [at, addend] of addends.entries()) {
    const version = String(at + 1);
    // Not the same bytes with the same configuration; what is slow keeps no other waiting.
    const runner = version === slow ? { runner: 'own' } : {};
    const config = JSON.stringify({ shoal: { description: `version ${version}`, ...runner } });
    const file = fileOf(version, addend);
    const { status } = await upload(url, 'tested', file, { fields: { config } });
    if (status !== 201) throw new Error(`${status}`);
  }
  await manage(url, 'POST', `${path}/default`, { default: 1 });
}
