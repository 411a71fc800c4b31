import { TestCertificates } from '../support/certificates';
import { freePort } from '../support/free-port';
import { startNginx, type RunningNginx } from '../support/nginx';
import type { Running } from './running';

interface Edge {
  readonly nginx: RunningNginx;
  /** The port for gRPC. */
  readonly grpc: number;
}

/** Two edges in front of an inferrer, one of them with TLS. Whatever happens, they stop what is behind them, too. */
export async function startEdges(behind: Running): Promise<Running> {
  const certificates = new TestCertificates();
  const stops: (() => Promise<void>)[] = [() => behind.stop()];
  const stop = async (): Promise<void> => {
    for (const one of stops.reverse()) await one();
    certificates.remove();
  };
  try {
    const own = certificates.make('edge');
    const plain = await startEdge(behind, {});
    stops.push(() => plain.nginx.stop());
    const secured = await startEdge(behind, { TLS_CERT: own.certFile, TLS_KEY: own.keyFile });
    stops.push(() => secured.nginx.stop());
    return {
      at: {
        ...behind.at,
        url: plain.nginx.url,
        grpc: `127.0.0.1:${plain.grpc}`,
        secured: {
          https: `localhost:${new URL(secured.nginx.url).port}`,
          grpc: `localhost:${secured.grpc}`,
          authority: own.certFile,
        },
      },
      logs: () => [behind.logs(), plain.nginx.log(), secured.nginx.log()].join('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEdge(
  { at }: Running,
  environment: Readonly<Record<string, string>>,
): Promise<Edge> {
  const [port, grpc] = [await freePort(), await freePort()];
  const nginx = await startNginx({
    role: 'edge',
    port,
    inferrer: new URL(at.url).host,
    grpc: { port: grpc, inferrer: at.grpc },
    environment,
  });
  return { nginx, grpc };
}
