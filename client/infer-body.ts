import { tensorOf, type Input, type Tensor } from './tensor.js';
import { bytesOf } from './tensor-bytes.js';
import { elementsJson } from './tensor-json.js';

/** What an inference says beside its inputs. */
export interface InferTerms {
  /** Names of the outputs wanted; all where it is not said. */
  readonly outputs?: readonly string[];
  /** The caller's own id; comes back with the answer. */
  readonly id?: string;
  /** 1 is the most urgent. */
  readonly priority?: number;
  /** Further parameters of the request. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /**
   * How tensors travel, there and back: `binary` where it is not said. `json` is for servers of the
   * Open Inference Protocol that know no binary tensors, and for looking at what is sent.
   */
  readonly format?: 'binary' | 'json';
}

export interface InferBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** Body and headers of `POST /v2/models/<m>/infer`. Throws TypeError where an input is none. */
export function inferBody(inputs: Readonly<Record<string, Input>>, terms: InferTerms): InferBody {
  const tensors = Object.entries(inputs).map(([name, input]) => ({
    name,
    tensor: tensorOf(name, input),
  }));
  return terms.format === 'json' ? jsonBody(tensors, terms) : binaryBody(tensors, terms);
}

interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

function jsonBody(tensors: readonly NamedTensor[], terms: InferTerms): InferBody {
  const inputs = tensors.map(({ name, tensor }) => {
    const head = JSON.stringify({ name, datatype: tensor.datatype, shape: tensor.shape });
    return `${head.slice(0, -1)},"data":${elementsJson(name, tensor)}}`;
  });
  const rest = JSON.stringify(rests(terms, { binary: false })).slice(1, -1);
  const body = `{"inputs":[${inputs.join(',')}]${rest === '' ? '' : `,${rest}`}}`;
  return { headers: { 'content-type': 'application/json' }, body };
}

function binaryBody(tensors: readonly NamedTensor[], terms: InferTerms): InferBody {
  const blobs = tensors.map(({ tensor }) => bytesOf(tensor));
  const inputs = tensors.map(({ name, tensor: { datatype, shape } }, at) => ({
    name,
    datatype,
    shape,
    parameters: { binary_data_size: blobs[at]?.length ?? 0 },
  }));
  const head = new TextEncoder().encode(
    JSON.stringify({ inputs, ...rests(terms, { binary: true }) }),
  );
  return {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
    body: joined([head, ...blobs]),
  };
}

/** Everything but the inputs. */
function rests(
  { outputs, id, priority, parameters }: InferTerms,
  { binary }: { readonly binary: boolean },
): object {
  const wanted = outputs?.map((name) => ({ name, parameters: { binary_data: binary } }));
  const all = {
    ...parameters,
    ...(priority === undefined ? {} : { priority }),
    ...(binary ? { binary_data_output: true } : {}),
  };
  return {
    ...(id === undefined ? {} : { id }),
    ...(wanted === undefined ? {} : { outputs: wanted }),
    ...(Object.keys(all).length === 0 ? {} : { parameters: all }),
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
