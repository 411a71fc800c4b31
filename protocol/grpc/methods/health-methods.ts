import { ShoalError } from '../../../core/errors';
import type { GrpcMethod, GrpcStreamCall } from '../call';
import { contractFiles } from '../contract';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Status,
} from '../generated/health_pb';
import { pathOf, readMessage, typedMethod, writeMessage } from './typed-method';

const route = { method: 'GET', path: '/health/ready' } as const;

/** How often watchers are told of a change at most, and how late: milliseconds. */
const watchMs = 250;

const services = new Set(
  contractFiles.flatMap((file) => file.services.map(({ typeName }) => typeName)),
);

/** grpc.health.v1: all services here are as ready as the server is. */
export function healthMethods(ready: () => boolean): GrpcMethod[] {
  const status = (): Status => (ready() ? Status.SERVING : Status.NOT_SERVING);
  return [
    typedMethod(Health.method.check, route, ({ service }) => {
      if (service === '' || services.has(service)) return { status: status() };
      throw new ShoalError(
        'unknown_service',
        `There is no service '${service.slice(0, 100)}' here.`,
      );
    }),
    {
      path: pathOf(Health, Health.method.watch.name),
      route,
      async serve(call) {
        for await (const message of call.messages()) {
          const { service } = readMessage(HealthCheckRequestSchema, message);
          const known = service === '' || services.has(service);
          await watch(call, known ? status : () => Status.SERVICE_UNKNOWN);
          return;
        }
        throw new ShoalError('malformed_body', 'The call ended without its request.');
      },
    },
  ];
}

async function watch(call: GrpcStreamCall, status: () => Status): Promise<void> {
  let told: Status | undefined;
  while (!call.gone) {
    const now = status();
    if (now !== told) await call.send(writeMessage(HealthCheckResponseSchema, { status: now }));
    told = now;
    await call.pause(watchMs);
  }
}
