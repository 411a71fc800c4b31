import { ShoalError } from '../../core/errors';
import type { DefaultAnswer, DefaultOutput } from '../../protocol/catalog';
import type { Signature, TensorSpec } from '../../protocol/signature';
import { tensorFromJson } from '../../protocol/tensor-json/tensor-from-json';
import type { ConfiguredAnswer, ModelConfig } from './model-config';

type ConfiguredOutput = ConfiguredAnswer['outputs'][number];

/** The default answer of a configuration. Throws invalid_request where it does not fit the model. */
export function defaultAnswerOf(
  { afterMs, outputs }: ConfiguredAnswer,
  signature: Signature,
): DefaultAnswer {
  const specs = signature.outputs.filter(({ datatype }) => datatype !== null);
  outputs.forEach(({ name }, index) => {
    if (!specs.some((spec) => spec.name === name)) {
      const known = specs.map((spec) => spec.name).join(', ');
      wrong(`outputs.${index}.name: the model has no output '${name}', it has ${known}`);
    }
    if (outputs.findIndex((other) => other.name === name) < index) {
      wrong(`outputs.${index}.name: '${name}' is there twice`);
    }
  });
  return {
    afterMs,
    outputs: specs.map((spec) => {
      const index = outputs.findIndex(({ name }) => name === spec.name);
      const output = outputs[index];
      if (output === undefined) wrong(`outputs: '${spec.name}' is missing`);
      return outputOf(`outputs.${index}`, output, spec);
    }),
  };
}

/** That of a version that has been published: nothing where an older release did not check it. */
export function storedAnswer(
  { defaultAnswer }: ModelConfig,
  signature: Signature,
): DefaultAnswer | null {
  if (defaultAnswer === null) return null;
  try {
    return defaultAnswerOf(defaultAnswer, signature);
  } catch (error) {
    if (error instanceof ShoalError) return null;
    throw error;
  }
}

function outputOf(field: string, output: ConfiguredOutput, spec: TensorSpec): DefaultOutput {
  const { name, datatype, shape, data } = output;
  if (datatype !== spec.datatype) {
    wrong(`${field}.datatype: the model has ${spec.datatype ?? spec.valueType}, got ${datatype}`);
  }
  if (!fits(shape, spec)) {
    const wanted = (spec.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : -1)).join(',');
    wrong(
      `${field}.shape: wanted [${wanted}], one row where rows are open, got [${shape.join(',')}]`,
    );
  }
  try {
    const tensor = tensorFromJson(name, datatype, shape, data);
    return { name, datatype, shape, base64: Buffer.from(tensor.data).toString('base64') };
  } catch (error) {
    if (error instanceof ShoalError) wrong(`${field}: ${error.message.replace(/^input /, '')}`);
    throw error;
  }
}

/** Where the first size is open, it stands for rows, and the default is one of them. */
function fits(shape: readonly number[], spec: TensorSpec): boolean {
  if (spec.shape === null) return true;
  if (shape.length !== spec.shape.length) return false;
  return spec.shape.every((dim, at) =>
    typeof dim === 'number' ? dim === shape[at] : at > 0 || shape[at] === 1,
  );
}

function wrong(fault: string): never {
  throw new ShoalError('invalid_request', fault);
}
