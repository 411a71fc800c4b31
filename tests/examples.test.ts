import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { heldOut } from '../examples/build/digits';
import { product, species, trainIris } from '../examples/build/iris';
import { softmax } from '../examples/build/softmax';
import { readTable } from '../examples/build/table';
import { checkConfig } from '../modelhost/model-config/check-config';
import { parseModelConfig } from '../modelhost/model-config/parse-config';
import { readModelFacts } from '../modelhost/onnx/read-model';
import { refuseUnservable } from '../modelhost/onnx/refuse-unservable';
import type { Tensor } from '../protocol/tensor';
import { runReference } from './support/runtime-run';
import { decodeStrings, encodeElements, encodeStrings } from './support/shared-cases';

const examples = path.resolve(process.cwd(), 'examples');
const models = path.join(examples, 'models');

function modelFile(name: string): string {
  return path.join(models, name, '1', 'model.onnx');
}

function floats(name: string, shape: readonly number[], values: readonly number[]): Tensor {
  return { name, datatype: 'FP32', shape, data: encodeElements('FP32', values) };
}

function numbers(tensor: Tensor | undefined): number[] {
  const { buffer, byteOffset, byteLength } = tensor!.data;
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  if (tensor!.datatype === 'INT64') return Array.from(new BigInt64Array(bytes), Number);
  return Array.from(tensor!.datatype === 'INT32' ? new Int32Array(bytes) : new Float32Array(bytes));
}

describe('the example models', () => {
  const names = readdirSync(models);

  it('are what the script builds, byte for byte', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'examples-'));
    try {
      const script = path.resolve(process.cwd(), 'dist/examples/build/main.js');
      await promisify(execFile)(process.execPath, [script, directory]);
      for (const file of [
        ...names.map((name) => `models/${name}/1/model.onnx`),
        'pictures/seven.png',
      ]) {
        const same = readFileSync(path.join(directory, file)).equals(
          readFileSync(path.join(examples, file)),
        );
        expect([file, same]).toEqual([file, true]);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each(names)('%s can be served with its configuration', async (name) => {
    const facts = await readModelFacts(modelFile(name));
    await refuseUnservable(facts, path.dirname(modelFile(name)));
    const text = readFileSync(path.join(models, name, 'config.json'), 'utf8');
    const config = parseModelConfig(text, 'config.json');
    checkConfig(config, facts.signature);
    expect(config.unknownFields).toEqual([]);
    expect(config.description).not.toBe('');
    expect(facts.docString).not.toBe('');
  });

  it('iris: gives the trained weights’ own result and knows 97 % of the flowers', async () => {
    const rows = readTable(path.join(examples, 'data/iris.csv'));
    const { weights, bias } = trainIris(rows);
    const [label, probabilities] = await runReference(modelFile('iris'), [
      floats(
        'features',
        [rows.length, 4],
        rows.flatMap(({ values }) => values),
      ),
    ]);
    const wanted = rows.flatMap(({ values }) =>
      softmax(product(values, weights).map((score, k) => score + bias[k]!)),
    );
    const got = numbers(probabilities);
    expect(got).toHaveLength(wanted.length);
    wanted.forEach((p, k) => {
      expect(got[k]).toBeCloseTo(p, 4);
    });
    const right = numbers(label).filter((k, row) => species[k] === rows[row]!.label);
    expect(right.length).toBeGreaterThanOrEqual(0.97 * rows.length);
  });

  it('digits: knows 95 % of the pictures that it has not learnt from', async () => {
    const rows = readTable(path.join(examples, 'data/digits.csv')).filter((_, k) => heldOut(k));
    const [digit, probabilities] = await runReference(modelFile('digits'), [
      floats(
        'image',
        [rows.length, 1, 8, 8],
        rows.flatMap(({ values }) => values),
      ),
    ]);
    const right = numbers(digit).filter((k, row) => String(k) === rows[row]!.label);
    expect(rows).toHaveLength(359);
    expect(right.length).toBeGreaterThanOrEqual(0.95 * rows.length);
    expect(probabilities!.shape).toEqual([rows.length, 10]);
  });

  it('digits: sees the seven in the picture', async () => {
    const pixels = await sharp(path.join(examples, 'pictures/seven.png'))
      .resize(8, 8)
      .greyscale()
      .raw()
      .toBuffer();
    const image = floats(
      'image',
      [1, 1, 8, 8],
      Array.from(pixels, (value) => (value * 16) / 255),
    );
    const [digit] = await runReference(modelFile('digits'), [image]);
    expect(numbers(digit)).toEqual([7]);
  });

  it('add-sub: adds and subtracts', async () => {
    const ints = (name: string, values: number[]): Tensor => ({
      name,
      datatype: 'INT32',
      shape: [1, 16],
      data: encodeElements('INT32', values),
    });
    const left = Array.from({ length: 16 }, (_, k) => k * 1000);
    const [sum, difference] = await runReference(modelFile('add-sub'), [
      ints('INPUT0', left),
      ints('INPUT1', Array<number>(16).fill(7)),
    ]);
    expect(numbers(sum)).toEqual(left.map((value) => value + 7));
    expect(numbers(difference)).toEqual(left.map((value) => value - 7));
  });

  it('words: gives a number and a word for each word', async () => {
    const words = ['good', 'awful', 'zebra', 'schön', ''];
    const data = encodeStrings(words);
    const [sentiment, verdict] = await runReference(modelFile('words'), [
      { name: 'word', datatype: 'BYTES', shape: [words.length], data },
    ]);
    expect(numbers(sentiment)).toEqual([0.75, -1, 0, 0.75, 0]);
    expect(decodeStrings(verdict!.data)).toEqual([
      'positive',
      'negative',
      'neutral',
      'positive',
      'neutral',
    ]);
  });

  it('anomaly: carries mean and deviation from step to step', async () => {
    let state = [0, 0, 0];
    const scores: number[] = [];
    for (const value of [1, 2, 3, 4, 100]) {
      const [score, next] = await runReference(modelFile('anomaly'), [
        floats('value', [1, 1], [value]),
        floats('state', [1, 3], state),
      ]);
      scores.push(numbers(score)[0]!);
      state = numbers(next);
    }
    expect(scores.map((score) => score.toFixed(3))).toEqual([
      '0.000',
      '0.000',
      '3.000',
      '2.449',
      '87.207',
    ]);
    expect(state).toEqual([5, 22, 7610]);
  });

  it('slow: gives its input back, whatever it is', async () => {
    const values = [1, -2, 3.5, NaN, Infinity, 0, 7, 8];
    const [y] = await runReference(modelFile('slow'), [floats('x', [2, 4], values)]);
    expect(numbers(y)).toEqual(values);
  });
});
