import type { z } from 'zod';
import { parsed, setting, whole } from '../../core/settings';

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
  if (text === '') return undefined;
  if (text === 'off') return text;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error('wanted a port from 0 to 65535, or off');
}

export interface GrpcSettings {
  readonly GRPC_PORT: GrpcPort;
  readonly GRPC_MAX_MESSAGE_BYTES: number;
  readonly GRPC_TLS_CERT: string;
  readonly GRPC_TLS_KEY: string;
  readonly GRPC_TLS_CLIENT_CA: string;
}
