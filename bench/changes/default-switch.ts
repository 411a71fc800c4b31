import { cpSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { benchModels, writeBenchModels } from '../models';
import type { Bench } from '../speed';
import type { ChangeResult } from './change';
import { timeOf } from './time-of';

const model = 'bench-tiny';
const sizes = [1, 2, 5];
const switchesOfRound = 20;

/** A new default, from the request until all modelhosts act on it, which is when it is answered. */
export async function measureDefaultSwitch({
  lab,
  effort,
}: Bench): Promise<readonly ChangeResult[]> {
  const results: ChangeResult[] = [];
  for (const hosts of sizes) {
    lab.say(`switches of a default on ${hosts} modelhosts`);
    const repository = writeBenchModels(mkdtempSync(path.join(lab.folder, 'switched-')));
    cpSync(path.join(repository, model, '1'), path.join(repository, model, '2'), {
      recursive: true,
    });
    const models = Object.keys(benchModels);
    const cluster = await lab.startCluster({ hosts, repository, models });
    const times: number[] = [];
    for (let turn = 0; turn <= effort.rounds * switchesOfRound; turn += 1) {
      const time = await timeOf(() => switched(cluster.url, 1 + (turn % 2)));
      if (turn > 0) times.push(time);
    }
    await cluster.stop();
    results.push({ what: 'new default', hosts, times, bare: [] });
  }
  return results;
}

async function switched(url: string, version: number): Promise<void> {
  const answer = await fetch(`${url}/api/v1/models/${model}/default`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ default: version }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`a switch is answered ${answer.status}: ${text}`);
}
