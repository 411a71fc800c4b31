import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchCluster } from '../cluster';
import { median, percentile } from '../figures';
import type { Answer } from '../load/answer-reader';
import { judgeLoad, type LoadVerdict } from '../load/load-verdict';
import type { LoadAnswer, LoadQuestion } from '../load/question';
import { named } from '../plans';
import type { Bench } from '../speed';
import type { LoadRequest } from '../load-request';
import {
  endedModels,
  hastyModel,
  longModel,
  roundsRequest,
  writeDeadlineModels,
} from './deadline-models';
import { deadlineOutcome, type Deadline, type DeadlineOutcome } from './deadline-outcome';
import type { DeadlineResult, Spread } from './deadline-run';

const deadlines = [100, 300, 1000];
/** Of the model that is too slow, in multiples of its deadline. */
const runTimes = 2;
const arrivals = { perDeadline: 2, connections: 64, drainSeconds: 3 };
/** For a request that shall be waited for. */
const patientMs = 30_000;
/** A run that does not end while the bench looks. */
const endless = 100_000_000;
const neighbourLoad = { ratePerSecond: 300, connections: 32 };
/** Between two tries of a request that was refused. */
const againMs = 10;

/** All on one host, beside small requests to another runner. */
export async function measureDeadlines(bench: Bench): Promise<readonly DeadlineResult[]> {
  const { lab } = bench;
  const repository = mkdtempSync(path.join(lab.folder, 'deadlines-'));
  const models = writeDeadlineModels(repository);
  const cluster = await lab.startCluster({ hosts: 1, repository, models });
  const perMs = await roundsPerMs(cluster.url);
  const results: DeadlineResult[] = [];
  for (const deadlineMs of deadlines) {
    lab.say(`deadlines: runs of ${runTimes * deadlineMs} ms with ${deadlineMs} ms`);
    const rounds = Math.round(runTimes * deadlineMs * perMs);
    const request = roundsRequest(longModel, rounds, { timeout: deadlineMs * 1000 });
    const name = `runs ${runTimes} x as long`;
    const wanted = { name, deadlineMs, hasDefault: false, request };
    results.push(await measureArrivals(bench, cluster, wanted));
  }
  lab.say('deadlines: default answers');
  const { afterMs } = hastyModel;
  const request = roundsRequest(hastyModel.name, Math.round(runTimes * afterMs * perMs));
  const name = 'has a default answer';
  const wanted = { name, deadlineMs: afterMs, hasDefault: true, request };
  results.push(await measureArrivals(bench, cluster, wanted));
  lab.say('deadlines: runs without end');
  results.push(await measureEnded(bench, cluster));
  await cluster.stop();
  return results;
}

/** How much of its work the model does in a millisecond. */
async function roundsPerMs(url: string): Promise<number> {
  const rounds = 5000;
  const times: number[] = [];
  for (let look = 0; look < 5; look += 1) {
    const request = roundsRequest(longModel, rounds, { timeout: patientMs * 1000 });
    times.push((await send(url, request)).tookMs);
  }
  return rounds / median(times);
}

/** What arrives at a fixed rate. */
interface Arrivals extends Deadline {
  readonly name: string;
  readonly request: LoadRequest;
}

async function measureArrivals(
  bench: Bench,
  { url }: BenchCluster,
  { name, request, ...deadline }: Arrivals,
): Promise<DeadlineResult> {
  const { effort } = bench;
  const { deadlineMs } = deadline;
  const seconds = Math.max(effort.rounds * effort.seconds, (8 * deadlineMs) / 1000);
  const ratePerSecond = (arrivals.perDeadline * 1000) / deadlineMs;
  const question = { ...arrivals, url, request, stages: [{ ratePerSecond, seconds }] };
  const [answer, neighbours] = await Promise.all([
    generate(bench, question),
    askNeighbours(bench, url, seconds),
  ]);
  const took = (outcome: DeadlineOutcome): readonly number[] =>
    [...answer.tookMs].filter((tookMs, index) => {
      const [status = 0, isDefault] = [answer.status[index], answer.isDefault[index] === 1];
      return deadlineOutcome({ status, isDefault }, tookMs, deadline) === outcome;
    });
  const ended = took('ended');
  return {
    name,
    deadlineMs,
    sent: answer.dueMs.length,
    ended: ended.length,
    refused: took('refused').length,
    late: spreadOf(ended.map((tookMs) => tookMs - deadlineMs)),
    free: null,
    neighbours,
  };
}

/** One run without end after the other, and after each one that takes no time. */
async function measureEnded(bench: Bench, { url }: BenchCluster): Promise<DeadlineResult> {
  const { names, maxRunMs: deadlineMs, deaths } = endedModels;
  const sent = names.length * deaths;
  const asked = askNeighbours(bench, url, sent);
  const late: number[] = [];
  let refused = 0;
  const free: number[] = [];
  for (let number = 0; number < sent; number += 1) {
    const model = names[number % names.length] ?? '';
    const parameters = { timeout: deadlineMs * 1000 };
    const began = performance.now();
    // A content that has killed twice is refused.
    const { tookMs, ...answer } = await send(
      url,
      roundsRequest(model, endless + number, parameters),
    );
    const outcome = deadlineOutcome(answer, tookMs, { deadlineMs, hasDefault: false });
    if (outcome === 'ended') late.push(tookMs - deadlineMs);
    if (outcome === 'refused') refused += 1;
    await untilAnswered(url, model);
    free.push(performance.now() - began - deadlineMs);
  }
  return {
    name: 'does not end',
    deadlineMs,
    sent,
    ended: late.length,
    refused,
    late: spreadOf(late),
    free: spreadOf(free),
    neighbours: await asked,
  };
}

async function untilAnswered(url: string, model: string): Promise<void> {
  const endsAt = performance.now() + patientMs;
  const request = roundsRequest(model, 1, { timeout: patientMs * 1000 });
  while ((await send(url, request)).status !== 200) {
    if (performance.now() > endsAt) throw new Error(`${model} does not answer any more`);
    await pause(againMs);
  }
}

async function askNeighbours(bench: Bench, url: string, seconds: number): Promise<LoadVerdict> {
  const { ratePerSecond, connections } = neighbourLoad;
  const { request } = named('tiny-json');
  const stages = [{ ratePerSecond, seconds }];
  const { drainSeconds } = arrivals;
  const answer = await generate(bench, { url, request, stages, connections, drainSeconds });
  return judgeLoad(answer, { fromMs: 0, toMs: seconds * 1000, deadlineMs: Infinity });
}

async function generate({ lab }: Bench, question: LoadQuestion): Promise<LoadAnswer> {
  const generator = lab.startLoad();
  const answer = await generator.ask(question);
  await generator.stop();
  return answer;
}

async function send(
  url: string,
  { path: route, headers, body }: LoadRequest,
): Promise<Answer & { readonly tookMs: number }> {
  const began = performance.now();
  const sent = { method: 'POST', headers, body: new Uint8Array(body) };
  const answer = await fetch(url + route, sent);
  await answer.arrayBuffer();
  const isDefault = answer.headers.has('shoal-default-answer');
  return { status: answer.status, isDefault, tookMs: performance.now() - began };
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    longestMs: sorted.at(-1) ?? NaN,
  };
}
