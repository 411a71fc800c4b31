import type { TestCluster } from '../cluster';
import { freePort } from '../free-port';
import { startNginx, type RunningNginx } from '../nginx';
import { eventually } from '../processes';
import { sumOf } from '../samples';

/** nginx in front of all inferrers of a cluster. */
export async function startEdge(
  cluster: TestCluster,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningNginx> {
  const inferrer = cluster.urls.map((url) => new URL(url).host).join();
  return await startNginx({ role: 'edge', port: await freePort(), inferrer, environment });
}

/**
 * Resolves when the edge, under load, passes requests on to every inferrer: one that had ended gets
 * the first up to two seconds after it is back.
 */
export async function edgeUsesAll(cluster: TestCluster): Promise<void> {
  for (const url of cluster.urls) {
    const before = await requestsOf(url);
    await eventually(
      `${url} answers`,
      async () => (await requestsOf(url)) > before + 20 || undefined,
    );
  }
}

/** How many requests an inferrer has answered or begun. */
function requestsOf(url: string): Promise<number> {
  return sumOf(url, /^shoal_requests_total\{.*add-sub/);
}
