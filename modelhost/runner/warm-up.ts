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

/** A run on example input that has not been: its size may not be warm. */
export interface ColdRun {
  readonly rows: number;
  readonly reason: string;
}

/** Runs that nobody has asked for begin for so long only, in milliseconds. */
const unaskedMs = 5000;

/**
 * Resolves with the runs on example input that failed or were left out. Throws model_rejected where
 * another run that the configuration asks for fails, and deadline_exceeded where all that it asks for
 * takes too long.
 */
export async function warmUp(
  given: Session,
  { warmUps, outputs, padTo, withinMs }: WarmUpOrder,
  turn: TakeTurn = (run) => run(),
): Promise<readonly ColdRun[]> {
  const session = padTo === null ? given : paddedSession(given, padTo);
  const began = performance.now();
  /** Resolves with why it has not run as often as it should have. */
  const runAll = async (each: WarmUp): Promise<string | undefined> => {
    let tensors: Tensor[] | undefined;
    for (let run = 0; run < each.count; run += 1) {
      const forMs = performance.now() - began;
      if (each.field === '' && forMs > unaskedMs) return `none begins after ${unaskedMs} ms`;
      if (each.field !== '' && forMs > withinMs) throw tooLong(each, withinMs);
      try {
        tensors ??= tensorsOf(each.inputs, each.seed);
        const inputs = tensors;
        await turn(async () => {
          await session.run(inputs, outputs);
        });
      } catch (error) {
        if (each.exampleRows === undefined) throw failed(each.field, error);
        return reasonOf(error);
      }
    }
    return undefined;
  };
  const cold: ColdRun[] = [];
  for (const each of warmUps) {
    const reason = await runAll(each);
    if (reason !== undefined) cold.push({ rows: each.exampleRows ?? 1, reason });
  }
  return cold;
}

function tensorsOf(inputs: WarmUp['inputs'], seed: number): Tensor[] {
  const random = seededRandom(seed);
  return inputs.flatMap(({ flavour, ...form }) => filled([form], flavour, random));
}

function failed(field: string, error: unknown): ShoalError {
  return new ShoalError(
    'model_rejected',
    `The warm-up that ${field} asks for fails: ${reasonOf(error)}`,
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function tooLong({ field, exampleRows }: WarmUp, withinMs: number): ShoalError {
  const what = exampleRows === undefined ? '' : ` of ${exampleRows} rows`;
  return new ShoalError(
    'deadline_exceeded',
    `The warm-up${what} that ${field} asks for is not done after the ${withinMs} ms that a load may take; ` +
      'ask for fewer runs or rows.',
  );
}
