import type { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { ShoalError } from '../../core/errors';
import type { Tensor } from '../../protocol/tensor';
import { cleanMessage } from './clean-message';
import type { Runtime } from './runtime';
import { tensorOf, typedData } from './typed-data';

/** A model in the runtime. Only one call of `run` or `release` may be under way at a time. */
export interface Session {
  /**
   * Computes the named outputs; all of them have to be tensors. Blocks this thread while the
   * runtime computes. Throws run_failed, unsupported_value or malformed_body.
   */
  run(inputs: readonly Tensor[], outputs: readonly string[]): Promise<Tensor[]>;
  /** Gives the memory back; the runtime does not do so by itself. */
  release(): Promise<void>;
}

/**
 * Loads a model by path, so that external data is read from its own directory only. A run of it
 * uses so many threads.
 */
export type LoadSession = (path: string, threads: number) => Promise<Session>;

export function createLoadSession(runtime: Runtime): LoadSession {
  const toTensor = tensorMaker(runtime);
  return async (path, threads) => {
    const native = await createNative(runtime, path, threads);
    return {
      run: async (inputs, outputs) => {
        const feeds: Record<string, RuntimeTensor> = {};
        for (const input of inputs) feeds[input.name] = toTensor(input);
        const results = await runNative(native, feeds, outputs);
        return outputs.map((name) => outputOf(name, results[name]));
      },
      release: () => native.release(),
    };
  };
}

async function createNative(
  { InferenceSession }: Runtime,
  path: string,
  threads: number,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(path, runtimeOptions(threads));
  } catch (error) {
    throw new ShoalError('model_rejected', `The runtime refuses the model: ${reason(error)}`, {
      cause: error,
    });
  }
}

/** Branches of the graph run one after the other; idle threads sleep instead of spinning. */
function runtimeOptions(threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}

async function runNative(
  native: InferenceSession,
  feeds: Record<string, RuntimeTensor>,
  outputs: readonly string[],
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await native.run(feeds, outputs);
  } catch (error) {
    throw new ShoalError('run_failed', `The model cannot compute on this input: ${reason(error)}`, {
      cause: error,
    });
  }
}

/** The public types name one constructor per element type; the data is of the type it says. */
type AnyTensor = new (type: string, data: unknown, dims: readonly number[]) => RuntimeTensor;

function tensorMaker(runtime: Runtime): (input: Tensor) => RuntimeTensor {
  const RuntimeTensor = runtime.Tensor as unknown as AnyTensor;
  return (input) => {
    const { type, data } = typedData(input);
    return new RuntimeTensor(type, data, input.shape);
  };
}

function outputOf(name: string, value: RuntimeTensor | undefined): Tensor {
  const tensor = value && tensorOf(name, value.type, value.dims, value.data);
  if (tensor === undefined) {
    throw new ShoalError('run_failed', `Output '${name}' is of a type that cannot be carried.`);
  }
  return tensor;
}

function reason(error: unknown): string {
  return cleanMessage(error instanceof Error ? error.message : String(error));
}
