import { ShoalError } from '../../core/errors';

/** The file is not a model that can be served; `reason` is a sentence for the one who sent it. */
export function rejected(reason: string): ShoalError {
  return new ShoalError('model_rejected', reason);
}

/** Text out of a hostile file as part of a sentence: quoted, one line, not longer than a line. */
export function quoted(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return JSON.stringify(short);
}
