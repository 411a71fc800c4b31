import { startCluster, type Balancer, type ClusterOptions, type TestCluster } from './cluster';
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

/** For a cluster that is asked through both balancers, where nginx is installed. */
export function bothBalancers(): Balancer | 'both' {
  return missingCommand('nginx', 'curl') === undefined ? 'both' : 'direct';
}

/** As `describeEachBalancer`, with a cluster of two hosts that all tests of one balancer share. */
export function describeEachCluster(
  name: string,
  tests: (cluster: () => TestCluster, balancer: Balancer) => void,
  options: Pick<ClusterOptions, 'environment' | 'models'> = {},
): void {
  describeEachBalancer(name, (balancer) => {
    let cluster: TestCluster | undefined;

    beforeAll(async () => {
      cluster = await startCluster({ balancer, ...options });
    });

    afterAll(() => cluster?.stop());

    tests(() => cluster!, balancer);
  });
}
