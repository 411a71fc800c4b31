import { ShoalError } from '../../../core/errors';
import type { Servable } from '../../catalog';
import type { Infer, InferContext, InferRequest, InferResponse } from '../../infer';
import type { TensorSpec } from '../../signature';
import type { Tensor } from '../../tensor';
import { splitRows } from '../../tensor-rows';
import type { Question } from './question';

/** So many rows of one call are asked at a time, that others get their turn. */
const atOnce = 16;
/** More rows than this are refused: each is a request of its own, and all answers are kept. */
const mostAlone = 10_000;

interface Asked {
  readonly infer: Infer;
  readonly servable: Servable;
  readonly context: InferContext;
}

/**
 * The question's answer, or that of each row where the model takes one at a time; all are of one
 * version. The first finds out which that is, and the others name it; where it goes meanwhile, all
 * begins again. Throws too_large.
 */
export async function answersTo(
  question: Question,
  request: InferRequest,
  asked: Asked,
): Promise<readonly InferResponse[]> {
  const { infer, servable, context } = asked;
  if (!goesAlone(question, servable)) return [await infer(request, context)];
  if (question.rows > mostAlone) throw tooManyRows(question, servable);
  const [row = [], ...others] = rowsOf(question, servable);
  for (;;) {
    const first = await infer({ ...request, inputs: row }, context);
    try {
      return [first, ...(await answersOf(others, { ...request, version: first.version }, asked))];
    } catch (error) {
      if (!isGone(error, request, first) || performance.now() >= context.deadline) throw error;
    }
  }
}

/** True where the version that has answered the first row, by its own choice, answers no others. */
function isGone(error: unknown, asked: InferRequest, first: InferResponse): boolean {
  if (!(error instanceof ShoalError) || asked.version === first.version) return false;
  return error.code === 'unknown_version' || error.code === 'model_not_ready';
}

async function answersOf(
  parts: readonly (readonly Tensor[])[],
  request: InferRequest,
  { infer, context }: Asked,
): Promise<readonly InferResponse[]> {
  const answers: InferResponse[] = [];
  let next = 0;
  const inTurn = async (): Promise<void> => {
    try {
      for (let at = next++; at < parts.length; at = next++) {
        answers[at] = await infer({ ...request, inputs: parts[at] ?? [] }, context);
      }
    } finally {
      // Where one has failed, the rest is not wanted any more.
      next = parts.length;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, parts.length) }, inTurn));
  return answers;
}

function goesAlone({ form, rows }: Question, { signature }: Servable): boolean {
  return form === 'row' && rows > 1 && signature.inputs.some(takesOne);
}

function tooManyRows({ rows }: Question, { model }: Servable): ShoalError {
  return new ShoalError(
    'too_large',
    `Model '${model}' takes one row at a time, of which a call may have ${mostAlone}; got ${rows}: ` +
      'send several calls.',
  );
}

/** True for scalars, and where the model's file says that there is one row. */
function takesOne({ shape }: TensorSpec): boolean {
  return shape !== null && (shape.length === 0 || shape[0] === 1);
}

/** The inputs of each row, scalars without their first dimension. */
function rowsOf({ inputs, rows }: Question, { signature }: Servable): Tensor[][] {
  const ones = Array.from({ length: rows }, () => 1);
  const columns = inputs.map((input) => {
    const parts = splitRows(input, ones);
    const spec = signature.inputs.find(({ name }) => name === input.name);
    return spec?.shape?.length === 0 ? parts.map(withoutRow) : parts;
  });
  return ones.map((_, at) => columns.map((parts) => parts[at] as Tensor));
}

function withoutRow(tensor: Tensor): Tensor {
  return { ...tensor, shape: tensor.shape.slice(1) };
}
