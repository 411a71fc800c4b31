import { ShoalError } from '../../core/errors';
import { loadBytesOf, runsAlone, type TriedVersion } from './managed-version';
import { canHaveRoom } from './next-step';

const mib = 1024 ** 2;

type Part = 'budgetBytes' | 'pinnedBytes' | 'runnersBytes';

type Sized = Parameters<typeof loadBytesOf>[0];

/** What those are told who ask for a version that cannot have room on this host. */
export function refusalOf(
  sized: Sized,
  { budgetBytes, pinnedBytes, runnersBytes }: Readonly<Record<Part, number>>,
): ShoalError {
  const { model, version } = sized.stored;
  const needs = `Version ${version} of '${model}' needs ${inMib(loadBytesOf(sized))} to be loaded`;
  const may = `the runners of this modelhost may take ${inMib(budgetBytes)}`;
  const own = runnersBytes === 0 ? '' : `, of which ${inMib(runnersBytes)} are their own`;
  const pinned = pinnedBytes === 0 ? '' : `, and pinned models have ${inMib(pinnedBytes)} of it`;
  return new ShoalError(
    'insufficient_memory',
    `${needs}, and ${may}${own}${pinned}: raise MEMORY_BUDGET_BYTES${pinned === '' ? '' : ', or pin less'}.`,
  );
}

/**
 * The same for a version that has only been tried; undefined where it can have room.
 *
 * @param ofAllBytes the budget with what is left for runs
 */
export function refusalOfTried(
  stored: TriedVersion,
  { ofAllBytes, ...room }: Readonly<Record<Part, number>> & { readonly ofAllBytes: number },
): ShoalError | undefined {
  const sized = { stored, alone: runsAlone(stored), bytes: 0, peakBytes: 0 };
  if (canHaveRoom(loadBytesOf(sized), room.pinnedBytes, room)) return undefined;
  return refusalOf(sized, { ...room, budgetBytes: ofAllBytes });
}

function inMib(bytes: number): string {
  return `${Math.ceil(bytes / mib)} MiB`;
}
