import type { z } from 'zod';
import { parsed, portOrOff, setting, whole, type Settings } from '../../core/settings';

function file(text: string): string {
  return text;
}

/** The settings of every process that speaks gRPC, GRPC_PORT excepted. */
export const grpcSettings = {
  GRPC_MAX_MESSAGE_BYTES: setting(
    whole(1, 2_147_483_647),
    '67108864',
    'Largest message over gRPC, as sent and unpacked, in bytes; more is RESOURCE_EXHAUSTED.',
  ),
  GRPC_MAX_CALLS: setting(
    whole(1, 100_000),
    '256',
    'Calls over gRPC that one connection may have under way; clients let the rest wait.',
  ),
  GRPC_KEEP_ALIVE_MS: setting(
    whole(1, 86_400_000),
    '3600000',
    'Milliseconds that a connection for gRPC is kept without a call. One that is silent in a call for as long is asked, and cut off where nothing comes back.',
  ),
  GRPC_RESETS_PER_SECOND: setting(
    whole(1, 1_000_000),
    '100',
    'Calls a second that one connection for gRPC may break off, ten times as many at once, beyond one for each that it lets be answered; more end it.',
  ),
  GRPC_EMPTY_FRAMES_PER_SECOND: setting(
    whole(10, 1_000_000),
    '500',
    'HTTP/2 frames without content (PING, SETTINGS, WINDOW_UPDATE and the like) a second from one connection for gRPC, four times as many at once, beyond those that calls bring about; more end it.',
  ),
  GRPC_TLS_CERT: setting(
    parsed(file),
    '',
    'File with the certificate (and its chain) of the gRPC port, PEM. None: cleartext HTTP/2.',
  ),
  GRPC_TLS_KEY: setting(
    parsed(file),
    '',
    'File with the private key of GRPC_TLS_CERT, PEM; both or none.',
  ),
  GRPC_TLS_CLIENT_CA: setting(
    parsed(file),
    '',
    'File with the authorities, PEM, of which callers over gRPC must show a certificate (mutual TLS). None: none is asked for.',
  ),
};

/** GRPC_PORT with the service's own default; undefined where none is said, 'off' where none is wanted. */
export function grpcPortSetting(
  fallback: string,
  description: string,
): z.ZodType<GrpcPort, string | undefined> {
  return setting(parsed(grpcPort), fallback, description);
}

export type GrpcPort = number | 'off' | undefined;

function grpcPort(text: string): GrpcPort {
  return text === '' ? undefined : portOrOff(text);
}

export interface GrpcSettings extends Settings<typeof grpcSettings> {
  readonly GRPC_PORT: GrpcPort;
}
