import { startCluster, type ClusterOptions, type TestCluster } from './cluster';
import { freePort } from './free-port';
import { grpcPort } from './grpc-client';
import { startNginx, type RunningNginx } from './nginx';

/** A cluster with an edge that speaks gRPC, too. */
export interface EdgeCluster {
  readonly cluster: TestCluster;
  readonly edge: RunningNginx;
  /** Where the edge takes gRPC. */
  readonly grpc: number;
  stop(): Promise<void>;
}

/**
 * Two hosts, two inferrers and an edge in front; leaves nothing where it fails. `environment` is
 * the edge's, `options` are those of the cluster behind it.
 */
export async function startEdgeCluster(
  environment: Readonly<Record<string, string>>,
  options: Pick<ClusterOptions, 'environment' | 'models'>,
): Promise<EdgeCluster> {
  const cluster = await startCluster({ balancer: 'direct', inferrers: 2, ...options });
  try {
    const grpc = await freePort();
    const ports = await Promise.all(cluster.inferrers.map(grpcPort));
    const edge = await startNginx({
      role: 'edge',
      port: await freePort(),
      inferrer: cluster.urls.map((url) => new URL(url).host).join(),
      grpc: { port: grpc, inferrer: ports.map((port) => `127.0.0.1:${port}`).join() },
      environment,
    });
    return {
      cluster,
      edge,
      grpc,
      async stop() {
        await edge.stop();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
