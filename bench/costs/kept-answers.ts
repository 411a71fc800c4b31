import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatorOf } from '../generator';
import { benchModels, writeBenchModels } from '../models';
import { named } from '../plans';
import { servedCluster, servedSide } from '../served-side';
import { alternate, warmUp, type Side } from '../sides';
import type { Bench } from '../speed';
import type { CostResult } from './cost';

/** A model quicker than the question whether an answer is still right, and one that takes longer. */
const asked = [
  { scenario: 'tiny-json', connections: 1 },
  { scenario: 'tiny-json', connections: 64 },
  { scenario: 'conv-binary', connections: 1 },
] as const;

/** The same request again and again, computed each time or answered from what is kept. */
export async function measureKeptAnswers({ lab, effort }: Bench): Promise<readonly CostResult[]> {
  lab.say('kept answers');
  const repository = writeBenchModels(mkdtempSync(path.join(lab.folder, 'kept-')));
  for (const model of Object.keys(benchModels)) {
    const config = JSON.stringify({ response_cache: { enable: true } });
    writeFileSync(path.join(repository, model, 'config.json'), config);
  }
  const run = await lab.startCluster({ hosts: 2 });
  const hit = await lab.startCluster({ hosts: 2, repository });
  const results: CostResult[] = [];
  for (const { scenario, connections } of asked) {
    const plan = named(scenario);
    const send = generatorOf(lab.folder, plan);
    const sides = Object.entries({ run, hit }).map(([how, cluster]): Side => {
      const name = `${scenario} at ${connections}: ${how}`;
      return servedSide(servedCluster(name, cluster), plan, { send, connections });
    });
    await warmUp(sides, effort.warmUpSeconds);
    for (const [situation, measured] of await alternate(sides, effort)) {
      const { residentBytes } = measured.median;
      results.push({ cost: 'kept answers', situation, measured, residentBytes, scrapeMs: null });
    }
  }
  await run.stop();
  await hit.stop();
  return results;
}
