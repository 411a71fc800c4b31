import { ShoalError } from '../../core/errors';
import type { Residency } from '../memory/residency';
import { notSelected } from '../model-faults';
import type { ModelLife, VersionLife } from './model-life';

export interface DemandParts {
  readonly lifecycle: {
    models(): ReadonlyMap<string, ModelLife>;
    until(condition: () => boolean, deadline: number, what: string): Promise<void>;
  };
  readonly residency: Residency | undefined;
  /** Whether the repository wants the version loaded. */
  readonly wanted: () => boolean;
}

export interface Demanded {
  readonly model: string;
  readonly version: number;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
}

export function isFailed({ state }: Pick<VersionLife, 'state'>): boolean {
  return state === 'failed';
}

/** Asks for a version and waits for it, as one of all who do. Rejects with why it cannot come. */
export async function demandVersion(
  { lifecycle, residency, wanted }: DemandParts,
  { model, version, deadline }: Demanded,
): Promise<void> {
  const there = (): boolean => {
    const life = lifecycle.models().get(model)?.versions.get(version);
    if (life?.error) throw life.error;
    if (life?.state === 'ready') return true;
    if (!wanted()) throw notSelected(model, version);
    residency?.check(model, version);
    return false;
  };
  if (there()) return;
  const release = residency?.ask(model, version);
  try {
    await lifecycle.until(there, deadline, `'${model}' is loaded`);
  } catch (error) {
    throw isLate(error) ? noRoomInTime(model, version) : error;
  } finally {
    release?.();
  }
}

function isLate(error: unknown): boolean {
  return error instanceof ShoalError && error.code === 'deadline_exceeded';
}

function noRoomInTime(model: string, version: number): ShoalError {
  return new ShoalError(
    'deadline_exceeded',
    `Version ${version} of '${model}' was not loaded in time: what others use fills the memory ` +
      '(MEMORY_BUDGET_BYTES).',
  );
}
