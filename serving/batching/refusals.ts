import { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { QueueLimits } from './settings';

/** What stands in front of a model when a request is refused. */
interface Crowd {
  readonly rows: number;
  readonly bytes: number;
  readonly retryAfter: number;
}

/** The answers of a queue to those whom it does not serve. */
export function tooLate(model: string): ShoalError {
  return new ShoalError(
    'deadline_exceeded',
    `model '${model}' did not answer before the request's deadline`,
  );
}

export function callerLeft(): ShoalError {
  return new ShoalError('client_closed', 'the caller closed the connection before the answer');
}

export function queueFull({ model }: Servable, limits: QueueLimits, crowd: Crowd): ShoalError {
  return overloaded(
    crowd,
    `the queue of model '${model}' is full: ${waiting(crowd)} wait, at most ${limits.queueRows} ` +
      `rows and ${limits.queueBytes} bytes may; try again later`,
  );
}

export function queuesFull({ model }: Servable, limits: QueueLimits, crowd: Crowd): ShoalError {
  return overloaded(
    crowd,
    `all queues together hold ${limits.totalBytes} bytes, ${waiting(crowd)} of them for model ` +
      `'${model}'; try again later`,
  );
}

export function cannotMeet({ model }: Servable, crowd: Crowd): ShoalError {
  return overloaded(
    crowd,
    `model '${model}' cannot answer before the request's deadline: ${waiting(crowd)} wait; ` +
      `try again later or allow more time`,
  );
}

export function displaced({ model }: Servable, crowd: Crowd): ShoalError {
  return overloaded(
    crowd,
    `the queue of model '${model}' is full and a more urgent request has taken this one's place; ` +
      `try again later`,
  );
}

function waiting({ rows, bytes }: Crowd): string {
  return `${rows} rows and ${bytes} bytes`;
}

function overloaded({ retryAfter }: Crowd, message: string): ShoalError {
  return new ShoalError('overloaded', message, { retryAfter });
}
