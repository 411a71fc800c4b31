import { status } from '@grpc/grpc-js';
import type { Datatype } from '../../protocol/datatype';
import type { GrpcClient } from './grpc-client';
import type { OipAnswer, OipCall } from './oip-calls';

interface GrpcOutput {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly string[];
}

/** The same call over gRPC, with raw tensors; `url` counts for nothing. */
export async function inferGrpc(
  client: GrpcClient,
  call: OipCall,
  metadata: Readonly<Record<string, string>> = {},
): Promise<OipAnswer> {
  const asked = {
    model_name: call.model,
    model_version: String(call.version ?? ''),
    inputs: call.inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    outputs: (call.outputs ?? []).map((name) => ({ name })),
    raw_input_contents: call.inputs.map(({ data }) => data),
  };
  const asking = { metadata, deadlineMs: Infinity };
  const { message, metadata: head } = await client.ask('ModelInfer', asked, asking);
  const raw = message['raw_output_contents'] as Buffer[];
  const outputs = message['outputs'] as GrpcOutput[];
  if (raw.length !== outputs.length) throw new Error(`${raw.length} of ${outputs.length} tensors`);
  return {
    host: String(head.get('shoal-modelhost')[0]),
    version: String(message['model_version']),
    outputs: outputs.map(({ name, datatype, shape }, at) => {
      return { name, datatype, shape: shape.map(Number), data: raw[at]! };
    }),
  };
}

/** Status and code word with which a call over gRPC is refused; 'OK' where it is not. */
export function grpcRefusal(asked: Promise<unknown>): Promise<[name: string, code: unknown]> {
  return asked.then(
    () => ['OK', undefined],
    (error: unknown) => {
      const { code, metadata } = error as {
        code: number;
        metadata: { get(name: string): unknown[] };
      };
      return [status[code] ?? '', metadata.get('shoal-error')[0]];
    },
  );
}
