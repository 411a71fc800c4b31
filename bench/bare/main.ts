/** The runtime by itself, as one would use it without a server: one session, one run after the other. */
import { setTimeout as rest } from 'node:timers/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { answerParent } from '../child';
import { percentile } from '../figures';
import type { BareAnswer, BareInput, BareQuestion } from './question';

type RunQuestion = Extract<BareQuestion, { runForSeconds: number }>;

let loaded: { session: InferenceSession; feeds: Record<string, Tensor> } | undefined;

/** Runs between two looks at the clock whether time is up; short ones should not be slowed by it. */
const maxRuns = 5_000_000;

answerParent(async (message): Promise<BareAnswer> => {
  const question = message as BareQuestion;
  if ('runForSeconds' in question) return await run(question);
  loaded = { session: await load(question.load), feeds: feedsOf(question.inputs) };
  return { runs: 0, seconds: 0, p50Ms: 0, p99Ms: 0, cpuUs: 0 };
});

/** One thread per process, as the runners of the cluster have on two cores. */
async function load(file: string): Promise<InferenceSession> {
  return await InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
}

function feedsOf(inputs: readonly BareInput[]): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, shape, data }) => {
      const floats = new Float32Array(new Uint8Array(data).buffer);
      return [name, new Tensor('float32', floats, shape)];
    }),
  );
}

async function run({ runForSeconds, restMs }: RunQuestion): Promise<BareAnswer> {
  if (loaded === undefined) throw new Error('no model is loaded');
  const { session, feeds } = loaded;
  const times: number[] = [];
  const cpu = process.cpuUsage();
  let now = performance.now();
  let seconds = 0;
  const endsAt = now + runForSeconds * 1000;
  while (now < endsAt && times.length < maxRuns) {
    if (restMs > 0) {
      await rest(restMs);
      now = performance.now();
    }
    await session.run(feeds);
    const after = performance.now();
    times.push(after - now);
    seconds += (after - now) / 1000;
    now = after;
  }
  const used = process.cpuUsage(cpu);
  const sorted = Float64Array.from(times).sort();
  return {
    runs: times.length,
    seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    cpuUs: used.user + used.system,
  };
}
