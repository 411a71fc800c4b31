import { ShoalError } from '../../core/errors';

const mib = 1024 ** 2;

type Part = 'budgetBytes' | 'pinnedBytes' | 'runnersBytes';

interface Needed {
  readonly model: string;
  readonly version: number;
  readonly loadBytes: number;
}

/** What those are told who ask for a version that cannot have room on this host. */
export function refusalOf(
  { model, version, loadBytes }: Needed,
  { budgetBytes, pinnedBytes, runnersBytes }: Readonly<Record<Part, number>>,
): ShoalError {
  const needs = `Version ${version} of '${model}' needs ${inMib(loadBytes)} to be loaded`;
  const may = `the runners of this modelhost may take ${inMib(budgetBytes)}`;
  const own = runnersBytes === 0 ? '' : `, of which ${inMib(runnersBytes)} are their own`;
  const pinned = pinnedBytes === 0 ? '' : `, and pinned models have ${inMib(pinnedBytes)} of it`;
  return new ShoalError(
    'insufficient_memory',
    `${needs}, and ${may}${own}${pinned}: raise MEMORY_BUDGET_BYTES${pinned === '' ? '' : ', or pin less'}.`,
  );
}

function inMib(bytes: number): string {
  return `${Math.ceil(bytes / mib)} MiB`;
}
