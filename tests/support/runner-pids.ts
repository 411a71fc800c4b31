import { childrenOf, commandOf } from './process-tree';

/** Process ids of a modelhost's runners. */
export function runnerPids(modelhost: number): number[] {
  return childrenOf(modelhost).filter((pid) => commandOf(pid).includes('runner/main.js'));
}
