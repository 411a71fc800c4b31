import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { GrpcPort } from '../serving/grpc/settings';
import { isLoopback } from '../serving/http/listen';

export interface PortChoice {
  /** PORT, or undefined where it is not set. */
  readonly port: number | undefined;
  /** SAGEMAKER_BIND_TO_PORT, or undefined. */
  readonly bindToPort: number | undefined;
  /** First port of SAGEMAKER_SAFE_PORT_RANGE, or undefined. */
  readonly safePort: number | undefined;
  /** The host tells an inferrer where it is, so any port will do. */
  readonly announced: boolean;
  /** Started with the word `serve`, as hosting platforms do. */
  readonly serve: boolean;
}

const standardPort = 8000;
const platformPort = 8080;

/** The port to listen on: what a platform orders goes first. 0 is any free one. */
export function choosePort(choice: PortChoice): number {
  const { port, bindToPort, safePort, announced, serve } = choice;
  const otherwise = announced ? 0 : standardPort;
  return bindToPort ?? port ?? safePort ?? (serve ? platformPort : otherwise);
}

const standardGrpcPort = 8001;

/** The port for gRPC. What tells an inferrer where it is has none unless it is told: nobody asks it there. */
export function chooseGrpcPort(port: GrpcPort, announced: boolean): GrpcPort {
  return port ?? (announced ? 'off' : standardGrpcPort);
}

/** Under which name or address other processes reach a server that listens on `listenHost`, as in a URL. */
export function reachableHost(listenHost: string): string {
  if (listenHost === '0.0.0.0' || listenHost === '::') return outsideAddress();
  if (isIPv6(listenHost)) return `[${listenHost}]`;
  return isLoopback(listenHost) ? '127.0.0.1' : listenHost;
}

function outsideAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  return outside?.address ?? '127.0.0.1';
}

/** The name or address of this host for others, as ADVERTISE_URL says or LISTEN_HOST implies. */
export function advertisedHost(settings: {
  readonly ADVERTISE_URL: string;
  readonly LISTEN_HOST: string;
}): string {
  const { ADVERTISE_URL: url, LISTEN_HOST: host } = settings;
  return url === '' ? reachableHost(host) : new URL(url).hostname;
}
