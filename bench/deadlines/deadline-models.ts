import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildRounds } from '../../examples/build/rounds';
import { writeBenchModels } from '../models';
import type { LoadRequest } from '../load-request';

/** Its runs take as long as they are asked to, on a runner of its own. */
export const longModel = 'bench-long';

/** The same, with a default answer after so long. */
export const hastyModel = { name: 'bench-hasty', afterMs: 50 };

/**
 * The same, of which a run is ended after so long. A version is put into quarantine at its fifth
 * death.
 */
export const endedModels = {
  names: ['bench-ended-1', 'bench-ended-2'],
  maxRunMs: 300,
  deaths: 4,
};

/** A repository of these and of the usual models; the names of all that are in it. */
export function writeDeadlineModels(directory: string): readonly string[] {
  writeBenchModels(directory);
  writeRounds(directory, longModel, { max_run_ms: 60_000 });
  const outputs = [{ name: 'y', datatype: 'FP32', shape: [], data: [0] }];
  writeRounds(directory, hastyModel.name, {
    max_run_ms: 60_000,
    default_answer: { after_ms: hastyModel.afterMs, outputs },
  });
  const { names, maxRunMs } = endedModels;
  for (const name of names) writeRounds(directory, name, { max_run_ms: maxRunMs });
  return [longModel, hastyModel.name, ...names];
}

/** A request to one of these, for so many rounds. */
export function roundsRequest(
  model: string,
  rounds: number,
  parameters: Readonly<Record<string, number>> = {},
): LoadRequest {
  const inputs = [{ name: 'rounds', datatype: 'INT64', shape: [], data: [rounds] }];
  return {
    path: `/v2/models/${model}/infer`,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ parameters, inputs })),
  };
}

function writeRounds(directory: string, name: string, shoal: object): void {
  const version = path.join(directory, name, '1');
  mkdirSync(version, { recursive: true });
  writeFileSync(path.join(version, 'model.onnx'), buildRounds());
  writeFileSync(path.join(directory, name, 'config.json'), JSON.stringify({ shoal }));
}
