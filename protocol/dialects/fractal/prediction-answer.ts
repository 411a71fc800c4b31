import { httpStatus } from '../../../core/envelope';
import type { InferResponse } from '../../infer';
import { valuesToJson } from '../../tensor-json/tensor-to-json';

/**
 * `{http_status, values, outputs, model, version}` as JSON text: `outputs` has every output as
 * nested lists in its own shape, `values` is the first of them and always a list. Throws
 * unrepresentable_output, naming the output, for NaN, infinities and strings that are not UTF-8.
 */
export function predictionToJson(response: InferResponse, id: string): string {
  const outputs = response.outputs.map((tensor) => ({
    name: JSON.stringify(tensor.name),
    scalar: tensor.shape.length === 0,
    values: valuesToJson(tensor, { nonFinite: 'refuse', nested: true }),
  }));
  const [first] = outputs;
  const fields = [
    `"http_status":${JSON.stringify(httpStatus(200, 'Prediction successful'))}`,
    `"values":${first === undefined ? '[]' : first.scalar ? `[${first.values}]` : first.values}`,
    `"outputs":{${outputs.map(({ name, values }) => `${name}:${values}`).join(',')}}`,
    `"model":${JSON.stringify(response.model)}`,
    `"version":${/^\d+$/.test(response.version) ? response.version : JSON.stringify(response.version)}`,
  ];
  if (response.defaultFor !== undefined) fields.push(`"default_answer":"${response.defaultFor}"`);
  if (id !== '') fields.push(`"id":${JSON.stringify(id)}`);
  return `{${fields.join(',')}}`;
}
