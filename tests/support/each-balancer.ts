import { startCluster, type Balancer, type TestCluster } from './cluster';
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

/** As `describeEachBalancer`, with a cluster of two hosts that all tests of one balancer share. */
export function describeEachCluster(
  name: string,
  tests: (cluster: () => TestCluster, balancer: Balancer) => void,
  environment: Readonly<Record<string, string>> = {},
): void {
  describeEachBalancer(name, (balancer) => {
    let cluster: TestCluster | undefined;

    beforeAll(async () => {
      cluster = await startCluster({ balancer, environment });
    });

    afterAll(() => cluster?.stop());

    tests(() => cluster!, balancer);
  });
}
