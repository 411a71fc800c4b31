import { extensionsWith } from '../../control/extensions';
import type { SharedRegions } from '../../control/shared-memory';
import { GRPCInferenceService as service } from '../generated/inference_pb';
import type { UnaryMethod } from '../call';
import { typedMethod } from './typed-method';

export interface ServerParts {
  readonly serverName: string;
  readonly serverVersion: string;
  readonly ready: () => boolean;
  readonly regions: SharedRegions;
}

export function serverMethods(parts: ServerParts): UnaryMethod[] {
  const { serverLive, serverReady, serverMetadata } = service.method;
  return [
    typedMethod(serverLive, { method: 'GET', path: '/v2/health/live' }, () => ({ live: true })),
    typedMethod(serverReady, { method: 'GET', path: '/v2/health/ready' }, () => ({
      ready: parts.ready(),
    })),
    typedMethod(serverMetadata, { method: 'GET', path: '/v2' }, () => ({
      name: parts.serverName,
      version: parts.serverVersion,
      extensions: [...extensionsWith(parts.regions)],
    })),
  ];
}
