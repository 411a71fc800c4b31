import { grpcMethods } from '../protocol/grpc/methods/methods';
import type { Statistics } from '../protocol/control/statistics';
import { createGrpcServer, type GrpcServer } from '../serving/grpc/grpc-server';
import { createAccessLog } from '../serving/http/access-log';
import { createAuthorisation } from '../serving/http/authorisation';
import { chooseGrpcPort, portChoice } from './listener';
import { readiness, type About, type Parts } from './parts';
import { createSingleControl } from './single-control';

/** The gRPC side of a modelhost: where it is alone, or is told to have one. */
export function createModelhostGrpc(
  parts: Parts,
  about: About,
  statistics: Statistics,
): GrpcServer {
  const { settings, logger, metrics, store, infer, stage, version, allowance } = parts;
  const port = chooseGrpcPort(settings.GRPC_PORT, portChoice(settings, about));
  const server = createGrpcServer({
    settings: { ...settings, GRPC_PORT: port },
    allowance,
    methods: grpcMethods({
      infer,
      catalog: store.catalog,
      serverName: settings.SERVER_NAME,
      serverVersion: version,
      ready: () => readiness(stage).ready,
      statistics,
      options: parts.options,
      regions: parts.shared.regions,
      control: createSingleControl(settings.MODEL_CONTROL, store),
    }),
    authorise: createAuthorisation(settings, logger),
    accessLog: parts.options.withTraces(createAccessLog(settings, logger)),
    metrics: metrics.requests,
    logger,
  });
  metrics.gauge('shoal_grpc_connections', () => [[{}, server.connections()]]);
  return server;
}
