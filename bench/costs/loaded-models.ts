import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import type { BenchCluster } from '../cluster';
import { median } from '../figures';
import { benchModels, writeBenchModels } from '../models';
import { named } from '../plans';
import { alternate, warmUp } from '../sides';
import type { Bench } from '../speed';
import type { CostResult } from './cost';
import { tinySide } from './tiny-side';

const more = 200;
const scrapes = 9;

/** The same load on one model while few or many others are loaded and have been asked once. */
export async function measureLoadedModels({ lab, effort }: Bench): Promise<readonly CostResult[]> {
  lab.say(`${more} more models`);
  const repository = mkdtempSync(path.join(lab.folder, 'many-models-'));
  const extra = Array.from({ length: more }, (_, index) => `bench-many-${index + 1}`);
  writeBenchModels(repository, extra);
  const usual = Object.keys(benchModels);
  const few = await lab.startCluster({ hosts: 2 });
  const models = [...usual, ...extra];
  const many = await lab.startCluster({ hosts: 2, repository, models });
  await askOnce(few, usual.slice(0, 1));
  await askOnce(many, extra);
  const clusters = new Map([
    [`${usual.length}`, few],
    [`${models.length}`, many],
  ]);
  const sides = [...clusters].map(([name, cluster]) => tinySide(name, cluster, lab));
  await warmUp(sides, effort.warmUpSeconds);
  const measured = await alternate(sides, effort);
  const results: CostResult[] = [];
  for (const [situation, cluster] of clusters) {
    const figures = measured.get(situation);
    if (figures === undefined) continue;
    const { residentBytes } = figures.median;
    const scrapeMs = await timeOfScrape(cluster);
    results.push({
      cost: 'loaded models',
      situation,
      measured: figures,
      residentBytes,
      scrapeMs,
    });
    await cluster.stop();
  }
  return results;
}

/** So that each has its own metrics; all of them are the tiny model. */
async function askOnce({ url }: BenchCluster, models: readonly string[]): Promise<void> {
  const { headers, body } = named('tiny-json').request;
  for (const model of models) {
    const answer = await fetch(`${url}/v2/models/${model}/infer`, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${model} answers ${answer.status}`);
  }
}

async function timeOfScrape({ url }: BenchCluster): Promise<number> {
  const times: number[] = [];
  for (let scrape = 0; scrape < scrapes; scrape += 1) {
    const startedAt = performance.now();
    await (await fetch(`${url}/metrics`)).text();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
