import type { Tensor } from '../../../protocol/tensor';
import { fillingOf } from '../../../serving/batching/padding';
import { splitRows } from '../../../protocol/tensor-rows';
import type { Session } from '../session';

/** A session that takes up to `rows` rows though its model takes exactly so many. */
export function paddedSession(session: Session, rows: number): Session {
  return {
    run: async (inputs, outputs) => {
      const given = inputs[0]?.shape[0] ?? 0;
      const results = await session.run(
        inputs.map((input) => filledUp(input, rows - given)),
        outputs,
      );
      return results.map((result) =>
        result.shape[0] === rows ? (splitRows(result, [given, rows - given])[0] as Tensor) : result,
      );
    },
    release: () => session.release(),
  };
}

function filledUp(input: Tensor, count: number): Tensor {
  const [rows = 0, ...inner] = input.shape;
  return {
    ...input,
    shape: [rows + count, ...inner],
    data: Buffer.concat([input.data, ...fillingOf(input, count)]),
  };
}
