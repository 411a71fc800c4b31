import { tensor } from '../../../examples/constants';
import type { Tensor } from '../../../protocol/tensor';
import { reluModel } from '../small-models';
import { createDice } from './dice';

/** A model that takes one row of many floats, and calls to it whose answers are known. */
export interface WideModel {
  readonly file: Uint8Array<ArrayBuffer>;
  /** Different floats for different seeds, and what the model makes of them. */
  call(seed: number): { readonly input: Tensor; readonly output: Uint8Array };
}

/** `y` = relu(`x`); 160 kB where it is not said. */
export function createWideModel(floats = 40_000): WideModel {
  const graph = {
    inputs: [tensor('x', 'float', [floats])],
    outputs: [tensor('y', 'float', [floats])],
  };
  return {
    file: new Uint8Array(reluModel(graph)),
    call(seed) {
      const dice = createDice(seed);
      const values = Float32Array.from(
        { length: floats },
        () => Math.floor(dice() * 2e4 - 1e4) / 8,
      );
      const relu = values.map((value) => (value > 0 ? value : 0));
      const data = new Uint8Array(values.buffer);
      return {
        input: { name: 'x', datatype: 'FP32', shape: [floats], data },
        output: new Uint8Array(relu.buffer),
      };
    },
  };
}
