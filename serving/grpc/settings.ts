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

export interface GrpcSettings {
  readonly GRPC_PORT: number;
  readonly GRPC_MAX_MESSAGE_BYTES: number;
  readonly GRPC_TLS_CERT: string;
  readonly GRPC_TLS_KEY: string;
  readonly GRPC_TLS_CLIENT_CA: string;
}
