import path from 'node:path';
import { h2loadSends } from './h2load';
import type { Send } from './load-request';
import type { Scenario } from './scenarios';
import { wrkSends } from './wrk';

/** The load generator for a scenario; what it needs is written below the folder. */
export function generatorOf(folder: string, { name, form, request, leastAnswer }: Scenario): Send {
  const own = path.join(folder, name);
  return form === 'grpc' ? h2loadSends(own, request, leastAnswer) : wrkSends(own, request);
}
