import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Tensor } from '../../protocol/tensor';
import { expectClose } from '../support/close-tensors';
import { elementsOf } from '../support/oip-calls';
import {
  caseTensor,
  encodeElements,
  readCase,
  type CaseTensor,
  type SharedCase,
} from '../support/shared-cases';
import { runReference } from '../support/runtime-run';
import { sharedModelFile, sharedModels } from '../support/shared-models';

/** Answers the wanted outputs of a model. */
export type AskModel = (
  model: string,
  inputs: readonly Tensor[],
  outputs: readonly string[],
) => Promise<readonly Tensor[]>;

interface PerExample {
  readonly name: string;
  readonly datatype: 'FP32';
  readonly shape_per_example: readonly number[];
  readonly bin: string;
}

/** All pictures of handwritten digits as one batch: each has its label. */
export async function expectLabels(ask: AskModel): Promise<void> {
  const one = readCase('cases/mnist_cnn_pytorch/mnist62.json');
  const { examples, labels } = one as unknown as { examples: number; labels: number[] };
  const { name, datatype, shape_per_example: shape, bin } = one['input'] as PerExample;
  const { data } = caseTensor({ name, datatype, shape, bin });
  const input = { name, datatype, shape: [examples, ...shape.slice(1)], data };
  const [output] = await ask(one.model, [input], ['output_probs']);
  expect(rowsOf(output!).map(argmax)).toEqual(labels);
}

/**
 * More rows than one batch takes, in one call: all as the runtime has them, which computes rows
 * together by another way than one alone, with scores up to 0.004 apart; rows alone have the
 * published scores.
 */
export async function expectScores(ask: AskModel): Promise<void> {
  const one = readCase('cases/magika_standard_v3_3/reference.json');
  const { expected, score_atol: within } = one as unknown as ExpectedScores;
  const rows = fileRows(one);
  const together = join(rows);
  const [output] = await ask(one.model, [together], ['target_label']);
  expect(rowsOf(output!).map(argmax)).toEqual(expected.map(({ index }) => index));
  const own = await (ownScores ??= runReference(sharedModelFile(one.model), [together]));
  expectClose([output!], own, { atol: 1e-5, rtol: 1e-4 });
  for (const [at, row] of rows.slice(0, 20).entries()) {
    const [alone] = await ask(one.model, [row], ['target_label']);
    const { index, score } = expected[at]!;
    expect(Math.abs(rowsOf(alone!)[0]![index]! - score)).toBeLessThan(within);
  }
}

/** The same for everybody who asks: worked out once. */
let ownScores: Promise<Tensor[]> | undefined;

interface ExpectedScores {
  readonly expected: readonly { readonly index: number; readonly score: number }[];
  readonly score_atol: number;
}

function fileRows(one: SharedCase): Tensor[] {
  const { gz_u16: file } = one['input'] as { gz_u16: string };
  const packed = gunzipSync(readFileSync(path.join(sharedModels, file)));
  const width = 2048;
  return Array.from({ length: packed.length / 2 / width }, (_, row) => {
    const bytes = Array.from({ length: width }, (_unused, at) =>
      packed.readUInt16LE(2 * (row * width + at)),
    );
    const data = encodeElements('INT32', bytes);
    return { name: 'bytes', datatype: 'INT32', shape: [1, width], data };
  });
}

function join(rows: readonly Tensor[]): Tensor {
  const [first] = rows;
  const data = Buffer.concat(rows.map((row) => row.data));
  return { ...first!, shape: [rows.length, ...first!.shape.slice(1)], data };
}

/** The picture of a kitten, prepared by others, is a tabby. */
export async function expectTopClass(ask: AskModel): Promise<void> {
  const one = readCase('cases/squeezenet_fp16/kitten.json');
  const {
    output,
    index,
    min_score: least,
  } = one['expect_top1'] as {
    output: string;
    index: number;
    min_score: number;
  };
  const [scores] = await ask(one.model, (one.inputs ?? []).map(caseTensor), [output]);
  const [row] = rowsOf(scores!);
  expect(argmax(row!)).toBe(index);
  expect(row![index]).toBeGreaterThan(least);
}

/** A stream of sound whose state goes back in with each step. */
export async function expectSteps(ask: AskModel): Promise<void> {
  const one = readCase('cases/silero_vad/test_wav_chunks_0_200.json');
  const [rate] = (one['constant_inputs'] as CaseTensor[]).map(caseTensor);
  const data = new Uint8Array(4 * 256);
  let state: Tensor = { name: 'state', datatype: 'FP32', shape: [2, 1, 128], data };
  const expected = steps(one, 'step_outputs');
  for (const [step, input] of steps(one, 'step_inputs').entries()) {
    const found = await ask(one.model, [input, state, rate!], ['output', 'stateN']);
    expectClose([found[0]!], [expected[step]!], one);
    state = { ...found[1]!, name: 'state' };
  }
}

function steps(one: SharedCase, field: string): Tensor[] {
  const [{ name, shape_per_step: shape, bin }] = one[field] as [
    { name: string; shape_per_step: number[]; bin: string },
  ];
  const { data } = caseTensor({ name, datatype: 'FP32', shape, bin });
  const size = 4 * shape.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: data.byteLength / size }, (_, step) => ({
    name,
    datatype: 'FP32',
    shape,
    data: data.subarray(step * size, (step + 1) * size),
  }));
}

const pasts = [0, 1, 2, 3, 4];

/** Words one after the other, from tensors of size zero that grow with each step. */
export async function expectWords(ask: AskModel): Promise<void> {
  const one = readCase('cases/tiny_gpt2_kv/greedy.json');
  const {
    prompt,
    expected,
    max_length: length,
  } = one as unknown as {
    prompt: number[][];
    expected: number[][];
    max_length: number;
  };
  const words = prompt.map((row) => [...row]);
  let news = prompt;
  let past: Tensor[] = pasts.map((at) => ({
    name: `past_${at}`,
    datatype: 'FP32',
    shape: [2, prompt.length, 4, 0, 8],
    data: new Uint8Array(),
  }));
  while (words[0]!.length < length) {
    const found = await ask(one.model, [...wordInputs(words, news), ...past], wordOutputs);
    const [logits] = found;
    const width = logits!.shape[1]! * logits!.shape[2]!;
    const all = elementsOf(logits!).map(Number);
    news = words.map((_row, at) => {
      const end = (at + 1) * width;
      return [argmax(all.slice(end - logits!.shape[2]!, end))];
    });
    words.forEach((row, at) => row.push(...news[at]!));
    past = found.slice(1).map((tensor, at) => ({ ...tensor, name: `past_${at}` }));
  }
  expect(words).toEqual(expected);
}

const wordOutputs = ['logits', ...pasts.map((at) => `present_${at}`)];

function wordInputs(words: readonly number[][], news: readonly number[][]): Tensor[] {
  const before = words[0]!.length - news[0]!.length;
  const positions = news.map((row) => row.map((_word, at) => before + at));
  const rows = (name: string, values: readonly number[][]): Tensor => ({
    name,
    datatype: 'INT32',
    shape: [values.length, values[0]!.length],
    data: encodeElements('INT32', values.flat()),
  });
  return [
    rows('input_ids', news),
    rows('position_ids', positions),
    rows(
      'attention_mask',
      words.map((row) => row.map(() => 1)),
    ),
  ];
}

function rowsOf(tensor: Tensor): number[][] {
  const all = elementsOf(tensor).map(Number);
  const rows = tensor.shape[0] ?? 1;
  const width = all.length / rows;
  return Array.from({ length: rows }, (_, row) => all.slice(row * width, (row + 1) * width));
}

function argmax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
