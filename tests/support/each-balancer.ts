import type { Balancer } from './cluster';
import { describeWhere, missingCommand } from './describe-where';

/** The same tests over the built-in balancer and over nginx, where that is installed. */
export function describeEachBalancer(name: string, tests: (balancer: Balancer) => void): void {
  describe(`${name}, direct`, () => {
    tests('direct');
  });
  describeWhere(missingCommand('nginx', 'curl'), `${name}, nginx`, () => {
    tests('nginx');
  });
}
