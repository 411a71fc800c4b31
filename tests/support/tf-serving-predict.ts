import type { Tensor } from '../../protocol/tensor';
import { bytesOf, jsonElements, OipRefusal, quoteExact } from './oip-calls';

/** A call of `:predict`, and what it shall answer: the answer's JSON has no datatypes. */
export interface PredictCall {
  readonly url: string;
  readonly model: string;
  readonly inputs: readonly Tensor[];
  readonly expected: readonly Tensor[];
}

type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

/** True where the column form says all of it: of lists without elements it cannot tell the shape. */
export function fitsColumns({ inputs, expected }: PredictCall): boolean {
  return [...inputs, ...expected].every(({ shape }) => !shape.includes(0));
}

/** True where each instance has a row of every input and of every output. */
export function fitsRows(call: PredictCall): boolean {
  const [rows = 0] = call.inputs[0]?.shape ?? [];
  const all = [...call.inputs, ...call.expected];
  return fitsColumns(call) && rows > 0 && all.every(({ shape }) => shape[0] === rows);
}

/** Whole tensors by name. */
export async function predictColumns(call: PredictCall): Promise<Tensor[]> {
  const members = call.inputs.map((input) => `${JSON.stringify(input.name)}:${textOf(input)}`);
  const { outputs } = await post(call, `{"inputs":{${members.join(',')}}}`);
  return call.expected.map((tensor) => found(tensor, memberOf(outputs!, tensor.name)));
}

/** Instances by name. */
export async function predictRows(call: PredictCall): Promise<Tensor[]> {
  const [rows = 0] = call.inputs[0]!.shape;
  const instances = Array.from({ length: rows }, (_, row) => {
    const members = call.inputs.map((input) => {
      return `${JSON.stringify(input.name)}:${rowText(input, row)}`;
    });
    return `{${members.join(',')}}`;
  });
  const { predictions } = await post(call, `{"instances":[${instances.join(',')}]}`);
  return call.expected.map((tensor) => {
    return found(
      tensor,
      (predictions as Json[]).map((each) => memberOf(each, tensor.name)),
    );
  });
}

/** A single output is answered without its name. */
function memberOf(value: Json, name: string): Json {
  if (typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, name))
    return value;
  return (value as Readonly<Record<string, Json>>)[name]!;
}

function found({ name, datatype }: Tensor, value: Json): Tensor {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0] as Json) shape.push(at.length);
  return { name, datatype, shape, data: bytesOf(datatype, leaves(value)) };
}

function leaves(value: Json): (string | number | boolean)[] {
  if (typeof value !== 'object') return [value];
  return Object.values(value).flatMap(leaves);
}

function textOf(tensor: Tensor): string {
  return nested(jsonElements(tensor), tensor.shape);
}

function rowText(tensor: Tensor, row: number): string {
  const [rows = 1, ...inner] = tensor.shape;
  const texts = jsonElements(tensor);
  const width = texts.length / rows;
  return nested(texts.slice(row * width, (row + 1) * width), inner);
}

function nested(texts: readonly string[], [size, ...inner]: readonly number[]): string {
  if (size === undefined) return texts[0]!;
  const width = texts.length / size;
  const items = Array.from({ length: size }, (_, at) =>
    nested(texts.slice(at * width, (at + 1) * width), inner),
  );
  return `[${items.join(',')}]`;
}

async function post({ url, model }: PredictCall, body: string): Promise<Record<string, Json>> {
  const answer = await fetch(`${url}/v1/models/${model}:predict`, { method: 'POST', body });
  const text = await answer.text();
  if (answer.status !== 200) throw new OipRefusal(answer.status, text);
  return JSON.parse(quoteExact(text)) as Record<string, Json>;
}
