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

/** The question's answer, or that of each row where the model takes one at a time. Throws too_large. */
export async function answersTo(
  question: Question,
  request: InferRequest,
  { infer, servable, context }: { infer: Infer; servable: Servable; context: InferContext },
): Promise<readonly InferResponse[]> {
  if (!goesAlone(question, servable)) return [await infer(request, context)];
  if (question.rows > mostAlone) throw tooManyRows(question, servable);
  const parts = rowsOf(question, servable);
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
