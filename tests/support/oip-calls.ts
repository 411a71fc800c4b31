import { halfBits, halfValue } from '../../protocol/tensor-json/half';
import type { Datatype } from '../../protocol/datatype';
import type { Tensor } from '../../protocol/tensor';
import { decodeStrings, encodeElements } from './shared-cases';

/** A call to a model; the version is the default where it is not said. */
export interface OipCall {
  /** Base URL of an inferrer or a modelhost. */
  readonly url: string;
  readonly model: string;
  readonly version?: number;
  readonly inputs: readonly Tensor[];
  /** Names of the outputs wanted; none: all. */
  readonly outputs?: readonly string[];
}

export interface OipAnswer {
  /** The modelhost that computed it. */
  readonly host: string;
  readonly version: string;
  readonly outputs: readonly Tensor[];
}

/** An answer other than 200. */
export class OipRefusal extends Error {
  readonly status: number;
  readonly text: string;

  constructor(status: number, text: string) {
    super(`${status} ${text}`);
    this.status = status;
    this.text = text;
  }
}

interface Head {
  readonly model_version: string;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: Datatype;
    readonly shape: readonly number[];
    readonly parameters?: { readonly binary_data_size: number };
    readonly data?: readonly (number | string | boolean)[];
  }[];
}

/** The same call in the JSON form of the Open Inference Protocol. */
export async function inferJson(call: OipCall): Promise<OipAnswer> {
  const inputs = call.inputs.map(
    (tensor) => `{${headOf(tensor).slice(1, -1)},"data":[${jsonElements(tensor).join(',')}]}`,
  );
  const outputs = (call.outputs ?? []).map((name) => ({ name }));
  const wanted = outputs.length === 0 ? '' : `,"outputs":${JSON.stringify(outputs)}`;
  const body = Buffer.from(`{"inputs":[${inputs.join(',')}]${wanted}}`);
  const answer = await post(call, body, { 'content-type': 'application/json' });
  const head = JSON.parse(quoteExact(answer.bytes.toString('utf8'))) as Head;
  const tensors = head.outputs.map(({ name, datatype, shape, data }) => {
    return { name, datatype, shape, data: bytesOf(datatype, data ?? []) };
  });
  return { host: answer.host, version: head.model_version, outputs: tensors };
}

/** Body and headers of a call with binary tensors. */
export function binaryRequest(call: Pick<OipCall, 'inputs' | 'outputs'>): {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
} {
  const inputs = call.inputs.map((tensor) => ({
    ...(JSON.parse(headOf(tensor)) as object),
    parameters: { binary_data_size: tensor.data.byteLength },
  }));
  const outputs = (call.outputs ?? []).map((name) => ({
    name,
    parameters: { binary_data: true },
  }));
  const head = Buffer.from(
    JSON.stringify({
      parameters: { binary_data_output: true },
      inputs,
      ...(outputs.length === 0 ? {} : { outputs }),
    }),
  );
  const body = Buffer.concat([head, ...call.inputs.map(({ data }) => data)]);
  return { body, headers: { 'inference-header-content-length': String(head.length) } };
}

/** The same call with binary tensors. */
export async function inferBinary(call: OipCall): Promise<OipAnswer> {
  const { body, headers } = binaryRequest(call);
  const answer = await post(call, body, headers);
  const { outputs: found, model_version: version } = JSON.parse(
    answer.bytes.toString('utf8', 0, answer.headLength),
  ) as Head;
  let at = answer.headLength;
  const tensors = found.map(({ name, datatype, shape, parameters }) => {
    const data = answer.bytes.subarray(at, (at += parameters?.binary_data_size ?? 0));
    return { name, datatype, shape, data };
  });
  if (at !== answer.bytes.length) throw new Error(`${answer.bytes.length - at} bytes too many`);
  return { host: answer.host, version, outputs: tensors };
}

interface RawAnswer {
  readonly host: string;
  readonly bytes: Buffer;
  readonly headLength: number;
}

async function post(
  { url, model, version }: OipCall,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<RawAnswer> {
  const path = version === undefined ? model : `${model}/versions/${version}`;
  const answer = await fetch(`${url}/v2/models/${path}/infer`, { method: 'POST', body, headers });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) throw new OipRefusal(answer.status, bytes.toString('utf8'));
  const headLength = Number(answer.headers.get('inference-header-content-length') ?? bytes.length);
  return { host: answer.headers.get('shoal-modelhost') ?? '', bytes, headLength };
}

function headOf({ name, datatype, shape }: Tensor): string {
  return JSON.stringify({ name, datatype, shape });
}

type Element = number | bigint | string | boolean;

const views: Readonly<
  Record<Exclude<Datatype, 'BYTES' | 'BOOL'>, (buffer: ArrayBuffer) => Iterable<number | bigint>>
> = {
  UINT8: (buffer) => new Uint8Array(buffer),
  UINT16: (buffer) => new Uint16Array(buffer),
  UINT32: (buffer) => new Uint32Array(buffer),
  UINT64: (buffer) => new BigUint64Array(buffer),
  INT8: (buffer) => new Int8Array(buffer),
  INT16: (buffer) => new Int16Array(buffer),
  INT32: (buffer) => new Int32Array(buffer),
  INT64: (buffer) => new BigInt64Array(buffer),
  FP16: (buffer) => Array.from(new Uint16Array(buffer), halfValue),
  FP32: (buffer) => new Float32Array(buffer),
  FP64: (buffer) => new Float64Array(buffer),
};

/** A tensor's elements; half floats as the numbers they are. */
export function elementsOf({ datatype, data }: Tensor): Element[] {
  if (datatype === 'BYTES') return decodeStrings(data);
  if (datatype === 'BOOL') return Array.from(data, (byte) => byte !== 0);
  return [...views[datatype](new Uint8Array(data).buffer)];
}

const jsonTexts = new WeakMap<Tensor, readonly string[]>();

/** A tensor's elements as JSON has them, worked out once for all calls with the same tensor. */
export function jsonElements(tensor: Tensor): readonly string[] {
  const texts = jsonTexts.get(tensor) ?? elementsOf(tensor).map(jsonOf);
  jsonTexts.set(tensor, texts);
  return texts;
}

/** An element as JSON has it. */
export function jsonOf(element: Element): string {
  if (typeof element === 'string') return JSON.stringify(element);
  return Object.is(element, -0) ? '-0' : String(element);
}

/** Puts what JSON.parse cannot read exactly, long integers and words, in quotation marks. */
export function quoteExact(text: string): string {
  return text.replace(/(?<=[[,:]\s*)(-?\d{16,}|NaN|-?Infinity)(?=\s*[,\]}])/g, '"$1"');
}

/** The data of a tensor of these elements; half floats from the numbers they are. */
export function bytesOf(
  datatype: Datatype,
  data: readonly (number | string | boolean)[],
): Uint8Array {
  if (datatype !== 'FP16') return encodeElements(datatype, data);
  return encodeElements(
    'UINT16',
    data.map((value) => halfBits(Number(value))),
  );
}
