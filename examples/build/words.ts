import { tensor } from '../constants';
import { writeModel } from '../onnx-writer';

/** How a word sounds, from -1 to 1; what is not listed is neutral. */
const sentiments: Readonly<Record<string, number>> = {
  awful: -1,
  bad: -0.75,
  boring: -0.5,
  broken: -0.75,
  calm: 0.5,
  charming: 0.75,
  cold: -0.25,
  delicious: 0.75,
  dreadful: -1,
  excellent: 1,
  fine: 0.25,
  friendly: 0.75,
  good: 0.75,
  great: 1,
  happy: 0.75,
  hate: -1,
  horrible: -1,
  kind: 0.5,
  lost: -0.5,
  love: 1,
  mediocre: -0.25,
  nice: 0.5,
  pleasant: 0.5,
  poor: -0.5,
  sad: -0.75,
  slow: -0.25,
  splendid: 1,
  superb: 1,
  terrible: -1,
  tired: -0.25,
  ugly: -0.5,
  warm: 0.25,
  wonderful: 1,
  worst: -1,
  グッド: 0.75,
  schön: 0.75,
};

/** Sentiment of single words, as a number and in a word. */
export function buildWords(): Buffer {
  return writeModel({
    doc: 'Sentiment of single words in small letters: -1 to 1, and negative, neutral or positive.',
    opsets: { 'ai.onnx': 17, 'ai.onnx.ml': 2 },
    graph: {
      name: 'words',
      inputs: [tensor('word', 'string', ['batch'])],
      outputs: [tensor('sentiment', 'float', ['batch']), tensor('verdict', 'string', ['batch'])],
      nodes: [
        {
          op: 'LabelEncoder',
          domain: 'ai.onnx.ml',
          inputs: ['word'],
          outputs: ['sentiment'],
          attributes: {
            keys_strings: { texts: Object.keys(sentiments) },
            values_floats: { floats: Object.values(sentiments) },
            default_float: { float: 0 },
          },
        },
        { op: 'Sign', inputs: ['sentiment'], outputs: ['sign'] },
        { op: 'Cast', inputs: ['sign'], outputs: ['side'], attributes: { to: { int: 7 } } },
        {
          op: 'LabelEncoder',
          domain: 'ai.onnx.ml',
          inputs: ['side'],
          outputs: ['verdict'],
          attributes: {
            keys_int64s: { ints: [-1, 0, 1] },
            values_strings: { texts: ['negative', 'neutral', 'positive'] },
            default_string: { text: 'neutral' },
          },
        },
      ],
    },
  });
}
