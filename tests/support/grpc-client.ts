import { credentials, Metadata, type ChannelCredentials, type Client } from '@grpc/grpc-js';
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { readdirSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { eventually, type StartedProcess } from './processes';

const folder = 'protocol/grpc/proto';

/** What an independent client reads of the contract. 64-bit integers are texts. */
const contract = loadPackageDefinition(
  loadSync(readdirSync(folder), {
    includeDirs: [folder],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
  }),
) as unknown as {
  inference: { GRPCInferenceService: ServiceClientConstructor };
  grpc: {
    health: { v1: { Health: ServiceClientConstructor } };
    reflection: {
      v1: { ServerReflection: ServiceClientConstructor };
      v1alpha: { ServerReflection: ServiceClientConstructor };
    };
  };
  tensorflow: { serving: { PredictionService: ServiceClientConstructor } };
};

export const services = {
  inference: contract.inference.GRPCInferenceService,
  health: contract.grpc.health.v1.Health,
  reflection: contract.grpc.reflection.v1.ServerReflection,
  prediction: contract.tensorflow.serving.PredictionService,
  reflectionAlpha: contract.grpc.reflection.v1alpha.ServerReflection,
};

/** The port for gRPC, as the process has said. */
export function grpcPort(process: StartedProcess): Promise<number> {
  return eventually('it listens for gRPC', () => {
    const [, port] = /"port":(\d+)[^\n]*gRPC listens/.exec(process.log()) ?? [];
    return port === undefined ? undefined : Number(port);
  });
}

export interface Answer {
  readonly message: Record<string, unknown>;
  readonly metadata: Metadata;
}

/** A client of a service; `close` it. */
export class GrpcClient {
  readonly client: Client;

  constructor(
    service: ServiceClientConstructor,
    port: number,
    as: ChannelCredentials = credentials.createInsecure(),
    options: Record<string, number> = {},
  ) {
    const most = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
    this.client = new service(`127.0.0.1:${port}`, as, { ...most, ...options });
  }

  /** Asks a unary method; rejects with the status. */
  ask(
    method: string,
    message: object = {},
    { metadata = {}, deadlineMs = 30_000, signal }: Asking = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let head = new Metadata();
      const call = (this.client as unknown as Record<string, Unary>)[method]!(
        message,
        metadataOf(metadata),
        { deadline: Date.now() + deadlineMs },
        (error, answer) => {
          if (error === null) resolve({ message: answer, metadata: head });
          else reject(error);
        },
      );
      call.on('metadata', (came: Metadata) => (head = came));
      signal?.addEventListener('abort', () => {
        call.cancel();
      });
    });
  }

  /** Begins a method with many requests or answers; `first` is the only request of some. */
  stream(method: string, metadata: object = {}, first?: object): GrpcStream {
    const begin = (this.client as unknown as Record<string, Begin>)[method]!.bind(this.client);
    const sent = metadataOf(metadata);
    return first === undefined ? begin(sent) : begin(first, sent);
  }

  close(): void {
    this.client.close();
  }
}

export interface Asking {
  readonly metadata?: object;
  /** How long the client waits; Infinity is not said to the server. */
  readonly deadlineMs?: number;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

export type GrpcStream = Duplex & { cancel(): void };

function metadataOf(fields: object): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, String(value));
  return metadata;
}

type Begin = (...said: unknown[]) => GrpcStream;

type Unary = (
  message: object,
  metadata: Metadata,
  options: { deadline: number },
  done: (error: Error | null, answer: Record<string, unknown>) => void,
) => { on(event: 'metadata', take: (metadata: Metadata) => void): void; cancel(): void };
