import { ShoalError } from '../../../core/errors';
import { regionParameter, regionPart } from '../../control/region-parameters';
import type { InputPart, RegionPart } from '../../control/shared-memory';
import { datatypes, isDatatype, type Datatype } from '../../datatype';
import type { InferCall } from '../../dialects/open-inference/infer-call';
import { readParameters } from '../../dialects/open-inference/call-parameters';
import { readOutputs } from '../../dialects/open-inference/call-outputs';
import type { JsonObject } from '../../exact-json/json-value';
import type { Tensor } from '../../tensor';
import { checkedCount } from '../../tensor-json/tensor-from-json';
import { parseModelAndVersion, type ModelReference } from '../../model-name';
import type { ScannedInput, ScannedOutput, ScannedRequest } from './scan-request';
import { typedData } from './typed-contents';

/** A ModelInferRequest that has been understood, but for the data that lies in raw_input_contents. */
export interface ReadRequest {
  readonly model: string;
  readonly version: string;
  readonly call: InferCall;
  /** True where an answer that is the last of several has to say so. */
  readonly emptyFinalResponse: boolean;
  /** Which inputs have their data in raw_input_contents, an entry for each; empty where none has. */
  readonly rawInputs: readonly number[];
}

const nothing = new Uint8Array(0);

/** The one parameter of Triton's own that a client may send. */
const emptyFinalResponse = 'triton_enable_empty_final_response';

/** The model that is asked for, its version by number or label. Throws invalid_name, invalid_request. */
export function askedModel({
  model,
  version,
}: Pick<ScannedRequest, 'model' | 'version'>): ModelReference {
  if (version !== '' && !/^\d{1,18}$/.test(version)) {
    throw invalid(
      `failed to get model version from specified version string '${version.slice(0, 40)}': wanted a whole number`,
    );
  }
  return parseModelAndVersion(model, version);
}

/** Understands a scanned request. `raws`: entries of raw_input_contents. Throws invalid_request. */
export function readRequest(scanned: ScannedRequest, raws: number): ReadRequest {
  const { model, version } = askedModel(scanned);
  const final = scanned.parameters?.[emptyFinalResponse];
  if (scanned.parameters !== undefined)
    Reflect.deleteProperty(scanned.parameters, emptyFinalResponse);
  const said = readParameters(scanned.parameters);
  const { names, binary, parts, ...wanted } = readOutputs(scanned.outputs.map(jsonOutput));
  const inputs: Tensor[] = [];
  const inputNames = new Set<string>();
  const inputParts: InputPart[] = [];
  const rawInputs: number[] = [];
  for (const [at, input] of scanned.inputs.entries()) {
    checkName(input, inputNames);
    const part = partOf(input);
    if (part !== undefined) inputParts.push({ input: at, ...part });
    else if (raws > 0) rawInputs.push(at);
    inputs.push(tensorOf(input, { model, typed: raws === 0, shared: part !== undefined }));
  }
  if (raws !== rawInputs.length) throw unevenRaw(scanned.inputs.length, inputParts.length, raws);
  return {
    model,
    version,
    emptyFinalResponse: isTrue(final),
    rawInputs,
    call: {
      ...wanted,
      id: scanned.id,
      parameters: said.others,
      timeoutUs: said.timeoutUs,
      priority: said.priority,
      inputs,
      blobs: [],
      inputParts,
      outputs: names,
      outputsBinary: binary,
      outputParts: parts,
      binaryDefault: true,
    },
  };
}

function isTrue(final: unknown): boolean {
  if (final === undefined) return false;
  if (typeof final === 'boolean') return final;
  throw invalid(`parameter '${emptyFinalResponse}' must be a bool`);
}

function jsonOutput({ name, parameters }: ScannedOutput): JsonObject {
  return parameters === undefined ? { name } : { name, parameters };
}

function checkName({ name }: ScannedInput, before: Set<string>): void {
  if (before.has(name)) throw invalid(`input '${name}' already exists in request`);
  before.add(name);
}

function partOf({ name, parameters }: ScannedInput): RegionPart | undefined {
  if (parameters === undefined) return undefined;
  return regionPart(`input '${name}'`, (parameter) => parameters[parameter]);
}

/** A tensor with its data, or without where that is to come. */
function tensorOf(
  input: ScannedInput,
  { model, typed, shared }: { model: string; typed: boolean; shared: boolean },
): Tensor {
  const { name, contents } = input;
  const datatype = datatypeOf(input);
  const shape = shapeOf(input);
  const count = checkedCount(name, shape);
  if (typed && !shared) {
    return { name, datatype, shape, data: typedData({ name, datatype, count }, contents) };
  }
  if (contents.every(({ at, end }) => at === end)) return { name, datatype, shape, data: nothing };
  const other = shared ? regionParameter : 'raw_input_contents';
  throw invalid(
    `contents field must not be specified when using ${other} for '${name}' for model '${model}'`,
  );
}

function datatypeOf({ name, datatype }: ScannedInput): Datatype {
  if (isDatatype(datatype)) return datatype;
  throw invalid(
    `invalid datatype for input ${name}: wanted one of ${datatypes.join(', ')}, ` +
      `got ${JSON.stringify(datatype.slice(0, 40))}`,
  );
}

function shapeOf({ name, shape }: ScannedInput): number[] {
  const dims = shape.map(Number);
  if (dims.every((dim) => dim >= 0)) return dims;
  throw invalid(
    `input '${name}' must have a shape of whole numbers from 0, got [${dims.join(',')}]`,
  );
}

function unevenRaw(inputs: number, shared: number, raws: number): ShoalError {
  const others = shared === 0 ? '' : ` but ${shared} in shared memory`;
  return invalid(
    `expected an entry of raw_input_contents for each of ${inputs} inputs${others}, got ${raws}`,
  );
}

function invalid(message: string): ShoalError {
  return new ShoalError('invalid_request', message);
}
