import { createRandom, shuffled, spread } from './random';
import { softmax } from './softmax';

/** Side of the picture, of a filter, of what the filter gives, and of that after pooling by 2. */
const side = 8;
const kernel = 3;
const mapSide = side - kernel + 1;
const poolSide = mapSide / 2;
export const filters = 16;
export const classes = 10;
const kernelSize = kernel * kernel;
const poolSize = poolSide * poolSide;
export const hidden = filters * poolSize;

const epochs = 30;
const batchSize = 16;
const momentum = 0.9;

/** Weights in the order of ONNX: conv [filters,1,3,3], dense [hidden,classes]. */
export interface Weights {
  readonly conv: Float64Array;
  readonly convBias: Float64Array;
  readonly dense: Float64Array;
  readonly denseBias: Float64Array;
}

export interface Sample {
  /** 64 pixels, row by row. */
  readonly pixels: readonly number[];
  readonly digit: number;
}

/**
 * Trains conv 3x3 - relu - max pool 2x2 - dense - softmax by stochastic gradient descent with
 * momentum. Plain loops over plain numbers: the same seed gives the same weights everywhere.
 */
export function trainConvnet(samples: readonly Sample[], seed: number): Weights {
  const random = createRandom(seed);
  const weights: Weights = {
    conv: spread(random, 0.3, filters * kernelSize),
    convBias: new Float64Array(filters),
    dense: spread(random, 0.08, hidden * classes),
    denseBias: new Float64Array(classes),
  };
  const gradient = zeros();
  const speed = zeros();
  let order = samples;
  for (let epoch = 0; epoch < epochs; epoch++) {
    order = shuffled(order, random);
    const rate = epoch < epochs / 2 ? 0.05 : 0.01;
    for (let start = 0; start < order.length; start += batchSize) {
      for (const sample of order.slice(start, start + batchSize)) learn(weights, gradient, sample);
      step({ weights, gradient, speed }, rate);
    }
  }
  return weights;
}

function zeros(): Weights {
  return {
    conv: new Float64Array(filters * kernelSize),
    convBias: new Float64Array(filters),
    dense: new Float64Array(hidden * classes),
    denseBias: new Float64Array(classes),
  };
}

function step(
  state: Readonly<Record<'weights' | 'gradient' | 'speed', Weights>>,
  rate: number,
): void {
  for (const part of ['conv', 'convBias', 'dense', 'denseBias'] as const) {
    const weights = state.weights[part];
    const gradient = state.gradient[part];
    const speed = state.speed[part];
    for (let k = 0; k < weights.length; k++) {
      const change = momentum * (speed[k] ?? 0) - (rate * (gradient[k] ?? 0)) / batchSize;
      weights[k] = (weights[k] ?? 0) + change;
      speed[k] = change;
      gradient[k] = 0;
    }
  }
}

/** What the forward pass leaves for the backward pass. */
interface Trace {
  /** After relu and pooling. */
  readonly pooled: Float64Array;
  /** Where in the picture the filter lay that won the pooling; -1 where relu let nothing through. */
  readonly winner: Int32Array;
}

function convolve(weights: Weights, pixels: readonly number[]): Trace {
  const pooled = new Float64Array(hidden);
  const winner = new Int32Array(hidden).fill(-1);
  for (let filter = 0; filter < filters; filter++) {
    for (let at = 0; at < mapSide * mapSide; at++) {
      const [row, column] = [Math.floor(at / mapSide), at % mapSide];
      const corner = row * side + column;
      let sum = weights.convBias[filter] ?? 0;
      for (let k = 0; k < kernelSize; k++) {
        sum += (weights.conv[filter * kernelSize + k] ?? 0) * (pixels[corner + offset(k)] ?? 0);
      }
      const cell = filter * poolSize + Math.floor(row / 2) * poolSide + Math.floor(column / 2);
      if (sum > (pooled[cell] ?? 0)) {
        pooled[cell] = sum;
        winner[cell] = corner;
      }
    }
  }
  return { pooled, winner };
}

/** Position in the picture of element `k` of a filter, from the filter's corner. */
function offset(k: number): number {
  return Math.floor(k / kernel) * side + (k % kernel);
}

function scores(weights: Weights, pooled: Float64Array): number[] {
  return Array.from(weights.denseBias, (bias, digit) => {
    let sum = bias;
    for (let k = 0; k < hidden; k++) {
      sum += (pooled[k] ?? 0) * (weights.dense[k * classes + digit] ?? 0);
    }
    return sum;
  });
}

/** Adds the gradient of the cross entropy of one sample. */
function learn(weights: Weights, gradient: Weights, { pixels, digit }: Sample): void {
  const { pooled, winner } = convolve(weights, pixels);
  const errors = softmax(scores(weights, pooled));
  errors[digit] = (errors[digit] ?? 0) - 1;
  errors.forEach((error, k) => {
    gradient.denseBias[k] = (gradient.denseBias[k] ?? 0) + error;
  });
  for (let cell = 0; cell < hidden; cell++) {
    let back = 0;
    for (let k = 0; k < classes; k++) {
      const at = cell * classes + k;
      const error = errors[k] ?? 0;
      back += error * (weights.dense[at] ?? 0);
      gradient.dense[at] = (gradient.dense[at] ?? 0) + error * (pooled[cell] ?? 0);
    }
    const corner = winner[cell] ?? -1;
    if (corner >= 0) learnFilter(gradient, Math.floor(cell / poolSize), back, pixels.slice(corner));
  }
}

function learnFilter(
  gradient: Weights,
  filter: number,
  back: number,
  patch: readonly number[],
): void {
  gradient.convBias[filter] = (gradient.convBias[filter] ?? 0) + back;
  for (let k = 0; k < kernelSize; k++) {
    const at = filter * kernelSize + k;
    gradient.conv[at] = (gradient.conv[at] ?? 0) + back * (patch[offset(k)] ?? 0);
  }
}
