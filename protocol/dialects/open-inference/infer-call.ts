import type { InputPart, RegionPart } from '../../control/shared-memory';
import type { Parameter } from '../../infer';
import type { Tensor } from '../../tensor';

/**
 * An infer call as its JSON says it. It can be sent between threads; the tensors that follow the
 * JSON in binary have no data yet.
 */
export interface InferCall {
  readonly id: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** How long the caller waits, in microseconds; 0 where it does not say. */
  readonly timeoutUs: number;
  readonly priority: number;
  readonly inputs: readonly Tensor[];
  /** The inputs whose data follows the JSON, in the order of their data. */
  readonly blobs: readonly BlobPlace[];
  /** The inputs whose data lies in shared memory. */
  readonly inputParts: readonly InputPart[];
  /** Names of the wanted outputs; empty means all. */
  readonly outputs: readonly string[];
  /** For each of `outputs`: shall it be answered in binary. */
  readonly outputsBinary: readonly boolean[];
  /** Of `outputs`, those wanted as their best classes, and how many; absent where none is. */
  readonly classes?: ReadonlyMap<string, number> | undefined;
  /** For each of `outputs`: where in shared memory it is wanted, if there; empty where none is. */
  readonly outputParts: readonly (RegionPart | undefined)[];
  /** Shall outputs be answered in binary where none is listed. */
  readonly binaryDefault: boolean;
}

export interface BlobPlace {
  /** Which of the inputs. */
  readonly input: number;
  readonly bytes: number;
}
