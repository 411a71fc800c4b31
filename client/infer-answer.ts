import type { Answer } from './call.js';
import type { Datatype, Tensor } from './tensor.js';
import { tensorFrom } from './tensor-bytes.js';
import { quoteExact, tensorFromElements } from './tensor-json.js';

/** What a model has answered. */
export interface InferAnswer {
  readonly model: string;
  readonly version: string;
  /** The caller's own, '' where it gave none. */
  readonly id: string;
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Id of the modelhost that computed it. */
  readonly modelhost: string;
  /** Rows of the batch in which it was computed. */
  readonly batchRows: number;
  /** The error that a default answer stands for; undefined for the model's own answer. */
  readonly defaultFor: string | undefined;
}

interface Said {
  readonly model_name: string;
  readonly model_version?: string;
  readonly id?: string;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: Datatype;
    readonly shape: readonly number[];
    readonly parameters?: { readonly binary_data_size?: number };
    readonly data?: readonly unknown[];
  }[];
}

/** Reads the answer to an inference. */
export function inferAnswer({ headers, bytes }: Answer): InferAnswer {
  const length = Number(headers.get('inference-header-content-length') ?? bytes.length);
  const json = new TextDecoder().decode(bytes.subarray(0, length));
  const said = JSON.parse(quoteExact(json)) as Said;
  return {
    model: said.model_name,
    version: said.model_version ?? '',
    id: said.id ?? '',
    outputs: outputsOf(said, bytes.subarray(length)),
    modelhost: headers.get('shoal-modelhost') ?? '',
    batchRows: Number(headers.get('shoal-batch-rows') ?? 0),
    defaultFor: headers.get('shoal-default-answer') ?? undefined,
  };
}

/** `blobs` has the data of the binary outputs, one behind the other. */
function outputsOf({ outputs }: Said, blobs: Uint8Array): Record<string, Tensor> {
  const found: [string, Tensor][] = [];
  let at = 0;
  for (const output of outputs) {
    const size = output.parameters?.binary_data_size;
    if (size === undefined) {
      found.push([output.name, tensorFromElements(output.name, output, output.data ?? [])]);
      continue;
    }
    const blob = blobs.subarray(at, at + size);
    found.push([output.name, tensorFrom(output.datatype, output.shape, blob)]);
    at += size;
  }
  return Object.fromEntries(found);
}
