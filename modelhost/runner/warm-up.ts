import { ShoalError } from '../../core/errors';
import { filled, seededRandom } from '../../protocol/made-up-input';
import type { Tensor } from '../../protocol/tensor';
import type { WarmUp } from '../model-config/warm-up';
import { paddedSession } from './probe/padded-session';
import type { Session } from './session';

/** What is run on a session before its version counts as ready. */
export interface WarmUpOrder {
  readonly warmUps: readonly WarmUp[];
  /** Outputs that can be carried. */
  readonly outputs: readonly string[];
  /** Rows to which each run has to be filled up; null where none need be. */
  readonly padTo: number | null;
  /** Longest time of all runs together, in milliseconds. */
  readonly withinMs: number;
}

/** Has a run go on while nothing else does. */
export type TakeTurn = (run: () => Promise<void>) => Promise<void>;

/** Runs on the example input begin for so long only, in milliseconds: nobody has asked for them. */
const exampleMs = 5000;

/**
 * Throws model_rejected where a run that the configuration asks for fails, and deadline_exceeded
 * where all of them take too long. The example input may fail: nobody has said that it runs.
 */
export async function warmUp(
  given: Session,
  { warmUps, outputs, padTo, withinMs }: WarmUpOrder,
  turn: TakeTurn = (run) => run(),
): Promise<void> {
  const session = padTo === null ? given : paddedSession(given, padTo);
  const began = performance.now();
  for (const { field, count, seed, inputs } of warmUps) {
    const tensors = tensorsOf(inputs, seed);
    for (let run = 0; run < count; run += 1) {
      const forMs = performance.now() - began;
      if (field === '' && forMs > exampleMs) return;
      if (field !== '' && forMs > withinMs) throw tooLong(field, withinMs);
      await turn(async () => {
        await session.run(tensors, outputs);
      }).catch((error: unknown) => {
        if (field !== '') throw failed(field, error);
      });
    }
  }
}

function tensorsOf(inputs: WarmUp['inputs'], seed: number): Tensor[] {
  const random = seededRandom(seed);
  return inputs.flatMap(({ flavour, ...form }) => filled([form], flavour, random));
}

function failed(field: string, error: unknown): ShoalError {
  const why = error instanceof Error ? error.message : String(error);
  return new ShoalError('model_rejected', `The warm-up that ${field} asks for fails: ${why}`);
}

function tooLong(field: string, withinMs: number): ShoalError {
  return new ShoalError(
    'deadline_exceeded',
    `The warm-up that ${field} asks for is not done after the ${withinMs} ms that a load may take; ` +
      'ask for fewer runs or rows.',
  );
}
