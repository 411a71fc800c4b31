import { mkdtempSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchCluster } from '../cluster';
import { slowTinyModel, writeBenchModels } from '../models';
import { alternate, warmUp } from '../sides';
import type { Bench } from '../speed';
import type { CostResult } from './cost';
import { tinySide } from './tiny-side';

/** The same load on a model alone, and while a version with runs of half a second gets copies of it. */
export async function measureSlowShadow({ lab, effort }: Bench): Promise<readonly CostResult[]> {
  lab.say('a slow shadow');
  const start = (): Promise<BenchCluster> => {
    const repository = mkdtempSync(path.join(lab.folder, 'shadow-'));
    return lab.startCluster({ hosts: 2, repository: withSlowVersion(repository) });
  };
  const [without, shadowed] = [await start(), await start()];
  await copyToSlow(shadowed);
  const sides = [tinySide('none', without, lab), tinySide('one', shadowed, lab)];
  await warmUp(sides, effort.warmUpSeconds);
  const measured = await alternate(sides, effort);
  await without.stop();
  await shadowed.stop();
  return [...measured].map(([situation, figures]) => ({
    cost: 'slow shadow',
    situation,
    measured: figures,
    residentBytes: figures.median.residentBytes,
    scrapeMs: null,
  }));
}

/** The bench's models, the tiny one as version 2, which is the default then, of a slow version 1. */
function withSlowVersion(repository: string): string {
  const tiny = path.join(writeBenchModels(repository), 'bench-tiny');
  renameSync(path.join(tiny, '1'), path.join(tiny, '2'));
  mkdirSync(path.join(tiny, '1'));
  writeFileSync(path.join(tiny, '1', 'model.onnx'), slowTinyModel());
  return repository;
}

async function copyToSlow({ url }: BenchCluster): Promise<void> {
  const answer = await fetch(`${url}/api/v1/models/bench-tiny/variants`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ shadow: { version: 1 } }),
  });
  if (!answer.ok) throw new Error(`The shadow is refused: ${await answer.text()}`);
}
