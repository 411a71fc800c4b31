import type { Bench } from '../speed';
import type { CostResult } from './cost';
import { measureIdleConnections } from './idle-connections';
import { measureKeptAnswers } from './kept-answers';
import { measureLoadedModels } from './loaded-models';
import { measureSecondInferrer } from './second-inferrer';
import { measureSlowShadow } from './slow-shadow';

/** What more of something costs those who do not use it. */
export async function measureCosts(bench: Bench): Promise<readonly CostResult[]> {
  return [
    ...(await measureSecondInferrer(bench)),
    ...(await measureIdleConnections(bench)),
    ...(await measureLoadedModels(bench)),
    ...(await measureKeptAnswers(bench)),
    ...(await measureSlowShadow(bench)),
  ];
}
