import type { AddressInfo, Server } from 'node:net';
import { SettingsError } from '../../core/settings';

/** Where a server listens. */
export interface Listening {
  readonly port: number;
  /** For people on the same machine, without a closing slash, base path included. */
  readonly url: string;
}

export interface ListenSettings {
  readonly LISTEN_HOST: string;
  readonly PORT: number;
  readonly BASE_PATH: string;
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\..*|::1)$/.test(host);
}

/**
 * Rejects with a SettingsError of one sentence if the address cannot be had; `portName` is the setting
 * that the port comes from.
 */
export function listen(
  server: Server,
  settings: ListenSettings,
  portName = 'PORT',
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(new SettingsError(sentence(error, settings, portName), { cause: error }));
    };
    server.once('error', failed);
    server.listen({ port: settings.PORT, host: settings.LISTEN_HOST, backlog: 1024 }, () => {
      server.off('error', failed);
      const { port } = server.address() as AddressInfo;
      resolve({ port, url: urlOf(settings.LISTEN_HOST, port) + settings.BASE_PATH });
    });
  });
}

function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function sentence(error: NodeJS.ErrnoException, settings: ListenSettings, name: string): string {
  const { PORT: port, LISTEN_HOST: host } = settings;
  if (error.code === 'EADDRINUSE') {
    return `${name}: port ${port} on ${host} is taken by another program; set ${name} to a free port, or stop that program.`;
  }
  if (error.code === 'EACCES') {
    return `${name}: this user may not listen on port ${port}; set ${name} to one above 1023.`;
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return `LISTEN_HOST: ${host} is no address of this machine; set LISTEN_HOST to one.`;
  }
  return `${name}: cannot listen on port ${port} of ${host}: ${error.message}`;
}
