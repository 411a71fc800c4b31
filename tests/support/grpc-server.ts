import { silentLogger } from '../../core/logging';
import { readSettings } from '../../core/settings';
import type { GrpcMethod } from '../../protocol/grpc/call';
import { createGrpcServer, type GrpcServer } from '../../serving/grpc/grpc-server';
import { grpcPortSetting, grpcSettings } from '../../serving/grpc/settings';
import { BodyAllowance } from '../../serving/http/body-allowance';
import { httpSettings } from '../../serving/http/settings';

/** What the server told its access log and metrics of one call. */
export interface ToldCall {
  readonly path: string;
  readonly status: number;
  readonly requestId: string;
  readonly errorCode: string;
}

export interface TestGrpcServer {
  readonly port: number;
  readonly allowance: BodyAllowance;
  readonly logged: readonly ToldCall[];
  /** The statuses that were counted. */
  readonly counted: readonly number[];
}

const running: GrpcServer[] = [];

/** A server with these methods on a free port of loopback. End it with `closeGrpcServers` in afterEach. */
export async function startGrpcServer(
  methods: readonly GrpcMethod[],
  env: Record<string, string> = {},
): Promise<TestGrpcServer> {
  const shape = { ...httpSettings, ...grpcSettings, GRPC_PORT: grpcPortSetting('0', '') };
  const settings = readSettings(shape, env);
  const allowance = new BodyAllowance(settings.BODIES_MAX_BYTES);
  const logged: ToldCall[] = [];
  const counted: number[] = [];
  const server = createGrpcServer({
    settings,
    allowance,
    methods: new Map(methods.map((one) => [one.path, one])),
    authorise: () => undefined,
    accessLog: {
      done({ path, requestId, notes: { errorCode } }, status) {
        logged.push({ path, status, requestId, errorCode });
      },
    },
    metrics: { started: () => undefined, done: (_, status) => counted.push(status) },
    logger: silentLogger(),
  });
  running.push(server);
  const port = (await server.listen())?.port ?? 0;
  return { port, allowance, logged, counted };
}

export function closeGrpcServers(): void {
  for (const server of running.splice(0)) server.close();
}
