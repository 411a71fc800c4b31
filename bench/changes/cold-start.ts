import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { heavyModel } from '../models';
import type { Bench } from '../speed';
import type { ChangeResult } from './change';
import { timeOf } from './time-of';

const model = 'bench-heavy';
const hosts = 2;
const coldStartsOfRound = 5;
const awayMs = 60_000;
const pollMs = 20;

/** As soon as nobody asks for it, it leaves. */
const config = { shoal: { min_copies: 0, idle_ms: 200 } };

/** The first answer of a model that is not loaded, beside the time that the bare runtime loads it. */
export async function measureColdStart({ lab, effort }: Bench): Promise<readonly ChangeResult[]> {
  lab.say('cold starts of a model of 30 MB');
  const repository = mkdtempSync(path.join(lab.folder, 'heavy-'));
  const file = path.join(repository, model, '1', 'model.onnx');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, heavyModel());
  writeFileSync(path.join(repository, model, 'config.json'), JSON.stringify(config));
  const cluster = await lab.startCluster({ hosts, repository, models: [model] });
  const bare = lab.startBare();
  const load = (): Promise<unknown> => bare.ask({ load: file, inputs: [] });
  const ask = (): Promise<unknown> => answered(cluster.url);
  // The first session of a process, and the first call of a cluster, are slower than all others.
  await load();
  await ask();
  const [cold, next, loads]: [number[], number[], number[]] = [[], [], []];
  for (let turn = 0; turn < effort.rounds * coldStartsOfRound; turn += 1) {
    await untilAway(cluster.url);
    cold.push(await timeOf(ask));
    next.push(await timeOf(ask));
    loads.push(await timeOf(load));
  }
  await bare.stop();
  await cluster.stop();
  return [
    { what: 'first answer of 30 MB', hosts, times: cold, bare: loads },
    { what: 'its next answer', hosts, times: next, bare: [] },
  ];
}

async function answered(url: string): Promise<void> {
  const data = Array.from({ length: 16 }, (_, at) => at / 16);
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 16], data }];
  const body = JSON.stringify({ inputs });
  const answer = await fetch(`${url}/v2/models/${model}/infer`, { method: 'POST', body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${model} answers ${answer.status}: ${text}`);
}

/** Resolves when no modelhost has it in memory. */
async function untilAway(url: string): Promise<void> {
  const endsAt = performance.now() + awayMs;
  for (;;) {
    const answer = await fetch(`${url}/api/v1/models/${model}/information`);
    const { state } = (await answer.json()) as { readonly state?: string };
    if (state === 'unloaded') return;
    if (performance.now() > endsAt) throw new Error(`${model} stays ${state ?? 'unknown'}`);
    await pause(pollMs);
  }
}
