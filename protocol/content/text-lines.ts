import { ShoalError } from '../../core/errors';

/** More lines than this are refused: each costs many times its bytes in memory. */
export const maxLines = 1_000_000;

/** The lines of a body; the last may end or not. Throws too_large. */
export function textLines(type: string, text: string): string[] {
  const lines = text.split('\n', maxLines + 2);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > maxLines) throw tooManyLines(type);
  return lines;
}

export function tooManyLines(type: string): ShoalError {
  return new ShoalError(
    'too_large',
    `${type}: a body may have ${maxLines} lines, this one has more: send several, or the rows ` +
      'as application/x-npy or JSON.',
  );
}
