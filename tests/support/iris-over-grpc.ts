import type { GrpcClient } from './grpc-client';

/** A ModelInferRequest with so many rows of the first flower of the example `iris`. */
export function irisRequest(rows = 1, more: object = {}): object {
  const row = Float32Array.of(5.1, 3.5, 1.4, 0.2);
  const all = Buffer.concat(Array.from({ length: rows }, () => Buffer.from(row.buffer)));
  return {
    model_name: 'iris',
    inputs: [{ name: 'features', datatype: 'FP32', shape: [rows, 4] }],
    outputs: [{ name: 'label' }],
    raw_input_contents: [all],
    ...more,
  };
}

/** The kinds that the model says the flowers are, 0 for each of `irisRequest`. */
export async function irisLabels(client: GrpcClient, request = irisRequest()): Promise<number[]> {
  const { message } = await client.ask('ModelInfer', request);
  const [raw] = message['raw_output_contents'] as [Buffer];
  return Array.from({ length: raw.length / 8 }, (_, at) => Number(raw.readBigInt64LE(at * 8)));
}
