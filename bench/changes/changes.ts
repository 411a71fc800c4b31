import type { Bench } from '../speed';
import type { ChangeResult } from './change';
import { measureColdStart } from './cold-start';
import { measureDefaultSwitch } from './default-switch';

/** What it takes until a model that comes, or changes, answers. */
export async function measureChanges(bench: Bench): Promise<readonly ChangeResult[]> {
  return [...(await measureColdStart(bench)), ...(await measureDefaultSwitch(bench))];
}
