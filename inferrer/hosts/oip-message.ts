import { isDatatype } from '../../protocol/datatype';
import type { Batch } from '../../protocol/link/batch';
import {
  copiesParameter,
  generationParameter,
  lossesParameter,
  segmentsParameter,
  segmentsToText,
} from '../../protocol/link/http-parameters';
import type { Tensor } from '../../protocol/tensor';

/** A batch as the body of an Open Inference Protocol request with binary tensors. */
export function requestBody(batch: Batch): { body: Buffer; headerLength: number } {
  const inputs = batch.inputs.map(({ name, datatype, shape, chunks }) => ({
    name,
    shape,
    datatype,
    parameters: { binary_data_size: chunks.reduce((bytes, chunk) => bytes + chunk.byteLength, 0) },
  }));
  const outputs = batch.outputs.map((name) => ({ name, parameters: { binary_data: true } }));
  const header = JSON.stringify({
    parameters: {
      binary_data_output: true,
      [generationParameter]: batch.servable.generation,
      [segmentsParameter]: segmentsToText(batch.segments),
      [lossesParameter]: batch.losses === 0 ? undefined : batch.losses,
      [copiesParameter]: batch.copies === true ? true : undefined,
    },
    inputs,
    ...(outputs.length > 0 ? { outputs } : {}),
  });
  const head = Buffer.from(header);
  const chunks = batch.inputs.flatMap((input) => input.chunks);
  return { body: Buffer.concat([head, ...chunks]), headerLength: head.byteLength };
}

interface OutputHead {
  readonly name: string;
  readonly datatype: string;
  readonly shape: number[];
  readonly parameters?: { readonly binary_data_size?: number };
}

/** The outputs of an answer in binary form; throws where it does not hold together. */
export function replyOutputs(body: Buffer, headerLength: number): Tensor[] {
  const head = JSON.parse(body.toString('utf8', 0, headerLength)) as { outputs?: OutputHead[] };
  let at = headerLength;
  const outputs = (head.outputs ?? []).map(({ name, datatype, shape, parameters }) => {
    if (!isDatatype(datatype)) throw new Error(`output '${name}' has datatype '${datatype}'`);
    const size = parameters?.binary_data_size ?? 0;
    const data = body.subarray(at, (at += size));
    return { name, datatype, shape, data };
  });
  if (at !== body.byteLength) {
    throw new Error(`the outputs take ${at} bytes, the answer has ${body.byteLength}`);
  }
  return outputs;
}
