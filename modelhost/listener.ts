import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { GrpcPort } from '../serving/grpc/settings';
import { isLoopback } from '../serving/http/listen';
import type { ModelhostSettings } from './settings';

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

export function portChoice(
  settings: ModelhostSettings,
  { serve }: { readonly serve: boolean },
): PortChoice {
  return {
    port: settings.PORT,
    bindToPort: settings.SAGEMAKER_BIND_TO_PORT,
    safePort: settings.SAGEMAKER_SAFE_PORT_RANGE,
    announced: settings.INFERRER_URL.length > 0,
    serve,
  };
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

/**
 * The port for gRPC. Unless it is told, there is none where nobody asks for it: where an inferrer is told of the
 * host, and on a hosting platform, which says itself what ports there may be.
 */
export function chooseGrpcPort(port: GrpcPort, choice: Omit<PortChoice, 'port'>): GrpcPort {
  const { bindToPort, safePort, announced, serve } = choice;
  const ordered = serve || bindToPort !== undefined || safePort !== undefined;
  return port ?? (announced || ordered ? 'off' : standardGrpcPort);
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
