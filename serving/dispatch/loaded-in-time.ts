import { ShoalError } from '../../core/errors';
import { inTime } from '../../core/in-time';

/** A load has not come in time: nothing has run, and nothing is learnt of how long runs take. */
export class LoadTooLate extends ShoalError {
  constructor(model: string) {
    super(
      'deadline_exceeded',
      `model '${model}' is loaded when it is asked for, and was not before the request's deadline; ` +
        'give more time, or see what fills the memory (MEMORY_BUDGET_BYTES)',
    );
  }
}

/** The load's end. Throws LoadTooLate at `deadline` (performance.now), or when the load does. */
export async function loadedInTime(
  load: Promise<void>,
  model: string,
  deadline: number,
): Promise<void> {
  try {
    await inTime(load, deadline, () => new LoadTooLate(model));
  } catch (error) {
    const isLate = error instanceof ShoalError && error.code === 'deadline_exceeded';
    // Others may have asked for it with less time than there is here.
    if (isLate && performance.now() < deadline) return;
    throw isLate ? new LoadTooLate(model) : error;
  }
}
