import type { Signature, TensorSpec } from '../../protocol/signature';
import { refuseExternalFiles } from './external-files';
import type { ModelFacts, Operator } from './model-facts';
import { operatorKey } from './read-graph';
import { quoted, rejected } from './rejected';

/** What a release of the runtime reads. */
export interface Newest {
  readonly ir: number;
  readonly opset: number;
}

/** Of the release that comes with the server. */
export const ownNewest: Newest = { ir: 13, opset: 26 };
/** Of others: they say by themselves what is too new for them. */
export const unknownNewest: Newest = { ir: Infinity, opset: Infinity };
/** More inputs or outputs than this, or longer names, are made to do harm. */
const maxValues = 4096;
const maxNameBytes = 1024;

/** Operator domains built into the runtime. */
const builtInDomains: ReadonlySet<string> = new Set([
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview',
  'ai.onnx.preview.training',
  'com.microsoft',
  'com.microsoft.experimental',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
  'org.pytorch.aten',
]);

/**
 * Throws model_rejected, with the reason, for what is known not to work or not to be safe before
 * the runtime has seen the model. `directory` is where its external data files lie.
 */
export async function refuseUnservable(
  facts: ModelFacts,
  directory: string,
  newest = ownNewest,
): Promise<void> {
  refuseVersions(facts, newest);
  refuseOperators(facts);
  refuseValues('input', facts.signature.inputs);
  refuseValues('output', facts.signature.outputs);
  refuseTypes(facts.signature);
  await refuseExternalFiles(facts.externalData, directory);
}

function refuseVersions(facts: ModelFacts, newest: Newest): void {
  if (Object.keys(facts.opsets).length === 0) {
    throw rejected('The model imports no operator set (opset_import is empty); export it again.');
  }
  if (facts.irVersion > newest.ir) {
    throw rejected(
      `The model has IR version ${facts.irVersion}; the runtime reads up to ${newest.ir}. ` +
        `Export it with an older ONNX version.`,
    );
  }
  const opset = facts.opsets['ai.onnx'] ?? 0;
  if (opset > newest.opset) {
    throw rejected(
      `The model needs operator set ${opset} of ai.onnx; the runtime has up to ${newest.opset}. ` +
        `Export it with an older opset.`,
    );
  }
}

function refuseOperators(facts: ModelFacts): void {
  const own = new Set(facts.functions.map(operatorKey));
  const custom = facts.operators.find(
    (operator: Operator) => !builtInDomains.has(operator.domain) && !own.has(operatorKey(operator)),
  );
  if (custom === undefined) return;
  throw rejected(
    `The model uses the operator ${quoted(custom.name)} of the domain ${quoted(custom.domain)}. ` +
      `Custom operators need a library of code and are not loaded.`,
  );
}

function refuseValues(kind: 'input' | 'output', values: readonly TensorSpec[]): void {
  if (values.length > maxValues) {
    throw rejected(`The model has ${values.length} ${kind}s; at most ${maxValues} are served.`);
  }
  const names = new Set<string>();
  for (const { name } of values) {
    if (name === '') throw rejected(`The model has an ${kind} without a name.`);
    if (names.has(name)) throw rejected(`The model has two ${kind}s called ${quoted(name)}.`);
    if (Buffer.byteLength(name) > maxNameBytes) {
      throw rejected(`The ${kind} ${quoted(name)} has a name longer than ${maxNameBytes} bytes.`);
    }
    names.add(name);
  }
}

function refuseTypes(signature: Signature): void {
  for (const input of signature.inputs) {
    if (input.datatype === null) throw notCarried('input', input);
  }
  // A sequence or map can be left out of an answer; these stop the runtime from loading or running.
  for (const output of signature.outputs) {
    if (output.datatype === null && isTensor(output)) {
      throw notCarried('output', output);
    }
  }
  const [first] = signature.outputs;
  if (first === undefined) throw rejected('The model has no outputs.');
  if (signature.outputs.every((output) => output.datatype === null)) {
    throw notCarried('output', first);
  }
}

function isTensor({ valueType }: TensorSpec): boolean {
  return /^(optional\()?(sparse_)?tensor\(/.test(valueType);
}

function notCarried(kind: 'input' | 'output', { name, valueType }: TensorSpec): Error {
  const has = valueType === 'undeclared' ? 'declares no type' : `has the type ${valueType}`;
  return rejected(
    `The ${kind} ${quoted(name)} ${has}, which cannot be carried; wanted are tensors of ` +
      `bool, integers of 8 to 64 bits, float16, float, double or string.`,
  );
}
