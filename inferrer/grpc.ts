import { grpcMethods, type MethodParts } from '../protocol/grpc/methods/methods';
import { createGrpcServer, type GrpcServer } from '../serving/grpc/grpc-server';
import { createAccessLog } from '../serving/http/access-log';
import { createAuthorisation } from '../serving/http/authorisation';
import type { BodyAllowance } from '../serving/http/body-allowance';
import type { ActingOptions } from '../serving/server-options/server-options';
import type { Limits } from './limits';
import type { InferrerSettings } from './settings';
import type { Logger } from '../core/logging';
import type { Metrics } from '../metrics/metrics';

export interface InferrerGrpcParts extends MethodParts {
  readonly settings: InferrerSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly allowance: BodyAllowance;
  readonly options: ActingOptions;
}

/** The gRPC side of an inferrer: the same calls as over HTTP, counted and limited with them. */
export function createInferrerGrpc(parts: InferrerGrpcParts): GrpcServer {
  const { settings, logger, metrics, limits, options, allowance } = parts;
  const server = createGrpcServer({
    settings,
    allowance,
    methods: grpcMethods(parts),
    authorise: createAuthorisation(settings, logger),
    admit: limits.admit,
    accessLog: options.withTraces(createAccessLog(settings, logger)),
    metrics: metrics.requests,
    logger,
  });
  metrics.gauge('shoal_grpc_connections', () => [[{}, server.connections()]]);
  return server;
}
