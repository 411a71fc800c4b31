import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { SettingsError } from '../../core/settings';
import type { GrpcSettings } from './settings';

export interface ListenerSettings extends GrpcSettings {
  readonly MAX_CONNECTIONS: number;
  readonly HEADERS_TIMEOUT_MS: number;
}

/**
 * What takes connections on the gRPC port: cleartext, or TLS with HTTP/2 agreed upon and, where
 * authorities are named, a certificate of the caller. Throws SettingsError.
 */
export function createGrpcListener(
  settings: ListenerSettings,
  accept: (socket: Socket) => void,
): Server {
  const server = settings.GRPC_TLS_CERT === '' ? cleartext(settings) : tls(settings, accept);
  if (settings.GRPC_TLS_CERT === '') server.on('connection', accept);
  if (settings.MAX_CONNECTIONS > 0) server.maxConnections = settings.MAX_CONNECTIONS;
  return server;
}

function cleartext({ GRPC_TLS_KEY: key, GRPC_TLS_CLIENT_CA: authorities }: GrpcSettings): Server {
  if (key !== '' || authorities !== '') {
    throw new SettingsError(
      'GRPC_TLS_CERT: wanted a file, because GRPC_TLS_KEY or GRPC_TLS_CLIENT_CA is set, found nothing',
    );
  }
  return createServer({ noDelay: true });
}

function tls(settings: ListenerSettings, accept: (socket: Socket) => void): Server {
  const authorities = settings.GRPC_TLS_CLIENT_CA;
  const mutual = authorities !== '';
  try {
    const server = createTlsServer({
      cert: contentOf('GRPC_TLS_CERT', settings.GRPC_TLS_CERT),
      key: contentOf('GRPC_TLS_KEY', settings.GRPC_TLS_KEY),
      ...(mutual ? { ca: contentOf('GRPC_TLS_CLIENT_CA', authorities) } : {}),
      requestCert: mutual,
      rejectUnauthorized: mutual,
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.2',
      handshakeTimeout: settings.HEADERS_TIMEOUT_MS,
      noDelay: true,
    });
    server.on('secureConnection', (socket) => {
      if (socket.alpnProtocol === 'h2') accept(socket);
      else socket.destroy();
    });
    return server;
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(
      `GRPC_TLS_CERT, GRPC_TLS_KEY: wanted a certificate and its key as PEM, found: ${reasonOf(error)}`,
    );
  }
}

function contentOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${name}: wanted a file that can be read, found: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
