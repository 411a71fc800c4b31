import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { Datatype } from '../../protocol/datatype';
import type { Tensor } from '../../protocol/tensor';
import { decodeStrings, encodeStrings } from './shared-cases';

/** Runs models for `runtime-run` in a process of its own: the runtime fails in Jest's realm. */
export interface RunOrder {
  readonly id: number;
  readonly model: string;
  readonly inputs: readonly Tensor[];
  /** Empty means all outputs that are tensors. */
  readonly outputs: readonly string[];
  /** Where the model is saved in the ORT format; then it is not run. Empty: nowhere. */
  readonly savedAs: string;
}

export interface RunResult {
  readonly id: number;
  readonly outputs: readonly Tensor[];
  /** '' if the run succeeded. */
  readonly error: string;
}

type NumberArray = { readonly BYTES_PER_ELEMENT: number } & (new (buffer: ArrayBuffer) => unknown);

const kinds: Readonly<Record<Datatype, readonly [type: string, array: NumberArray]>> = {
  BOOL: ['bool', Uint8Array],
  UINT8: ['uint8', Uint8Array],
  UINT16: ['uint16', Uint16Array],
  UINT32: ['uint32', Uint32Array],
  UINT64: ['uint64', BigUint64Array],
  INT8: ['int8', Int8Array],
  INT16: ['int16', Int16Array],
  INT32: ['int32', Int32Array],
  INT64: ['int64', BigInt64Array],
  FP16: ['float16', Uint16Array],
  FP32: ['float32', Float32Array],
  FP64: ['float64', Float64Array],
  BYTES: ['string', Uint8Array],
};

function toRuntime(tensor: Tensor): RuntimeTensor {
  const [type, NumberArray] = kinds[tensor.datatype];
  const data =
    tensor.datatype === 'BYTES'
      ? decodeStrings(tensor.data)
      : new NumberArray(new Uint8Array(tensor.data).buffer);
  return Reflect.construct(RuntimeTensor, [type, data, [...tensor.shape]]) as RuntimeTensor;
}

function fromRuntime(name: string, tensor: RuntimeTensor): Tensor {
  const entry = Object.entries(kinds).find(([, [type]]) => type === tensor.type);
  if (entry === undefined) throw new Error(`${name} is a ${tensor.type}`);
  return {
    name,
    datatype: entry[0] as Datatype,
    shape: [...tensor.dims],
    data: bytesOf(tensor.data),
  };
}

function bytesOf(data: RuntimeTensor['data']): Uint8Array {
  if (Array.isArray(data)) return encodeStrings(data);
  const view = data as Uint8Array;
  return new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

async function run(order: RunOrder): Promise<Tensor[]> {
  const session = await InferenceSession.create(order.model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    ...(order.savedAs === '' ? {} : { optimizedModelFilePath: order.savedAs }),
  });
  try {
    if (order.savedAs !== '') return [];
    const tensors = session.outputMetadata.filter((output) => output.isTensor);
    const wanted =
      order.outputs.length > 0 ? [...order.outputs] : tensors.map((output) => output.name);
    const feeds = Object.fromEntries(order.inputs.map((input) => [input.name, toRuntime(input)]));
    const results = await session.run(feeds, wanted);
    return wanted.map((name) => fromRuntime(name, results[name]!));
  } finally {
    await session.release();
  }
}

process.on('message', (order: RunOrder) => {
  run(order).then(
    (outputs) => process.send?.({ id: order.id, outputs, error: '' } satisfies RunResult),
    (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      process.send?.({ id: order.id, outputs: [], error: text } satisfies RunResult);
    },
  );
});
process.on('disconnect', () => process.exit(0));
