import type { TestCluster } from '../cluster';
import { freePort } from '../free-port';
import { startNginx, type RunningNginx } from '../nginx';

/** nginx in front of all inferrers of a cluster. */
export async function startEdge(
  cluster: TestCluster,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningNginx> {
  const inferrer = cluster.urls.map((url) => new URL(url).host).join();
  return await startNginx({ role: 'edge', port: await freePort(), inferrer, environment });
}
