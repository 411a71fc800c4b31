import { performance } from 'node:perf_hooks';
import { ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { HostRegistry } from '../hosts/host-registry';
import { askAnyHost } from './any-host';
import type { CallHost, HostRequest } from './host-calls';
import {
  actsOn,
  allHosts,
  hasTriedAll,
  isDone,
  placedLines,
  type AllHosts,
  type HostLine,
} from './host-progress';
import { numberIn, type HostReply } from './host-reply';

/** What changes of the whole cluster's models are made with. */
export interface ClusterParts {
  readonly registry: HostRegistry;
  readonly call: CallHost;
  /** Milliseconds for all hosts to follow. */
  readonly waitMs: number;
  readonly logger: Logger;
}

export interface Changed {
  readonly model: string;
  readonly version: number;
  /** The change takes the model away. */
  readonly removed: boolean;
  /** The change brings back a model that was unloaded, with all its versions. */
  readonly back?: boolean;
  /** Called when it is made, before all act on it. */
  readonly onMade?: () => void;
}

/** Has any host make a change and waits until all act on the generation that it made. */
export async function change(
  parts: ClusterParts,
  request: HostRequest,
  { model, version, removed, back = false, onMade }: Changed,
): Promise<readonly HostLine[]> {
  const reply = await askAnyHost(parts, request);
  const generation = numberIn(reply, 'generation');
  const progress = back ? hasTriedAll(generation) : actsOn(generation, removed);
  onMade?.();
  const deadline = performance.now() + parts.waitMs;
  const all = await allHosts(parts.registry, { model, version, progress }, deadline);
  if (!all.complete) throw late(`The change of model '${model}' is made`, all);
  return placedLines(all.lines, parts.registry, model);
}

/** Longest that hosts are waited for to act on what is taken back, in milliseconds. */
const undoneMs = 5_000;

/**
 * Has any host take back what not all hosts can serve. They are waited for, so that the caller finds
 * everything as it was; not for long, as one that does not follow may be the reason.
 */
export async function undo(
  parts: ClusterParts,
  request: HostRequest,
  { model, version }: Pick<Changed, 'model' | 'version'>,
): Promise<HostReply> {
  const reply = await askAnyHost(parts, request);
  const { generation } = reply.body;
  // A host of an earlier build does not say it.
  if (!Number.isFinite(generation)) return reply;
  const progress = actsOn(Number(generation), true);
  const deadline = performance.now() + Math.min(parts.waitMs, undoneMs);
  await allHosts(parts.registry, { model, version, progress }, deadline);
  return reply;
}

/** Where a host has failed: says which and why, with a line per host. */
export function cannotServe(
  { lines }: AllHosts,
  model: string,
  version: number,
  rest = '',
): ShoalError | undefined {
  const failed = lines.find((line) => line.state === 'failed');
  if (failed === undefined) return undefined;
  const { reason = 'no reason given' } = failed;
  const why = reason.endsWith('.') ? reason : `${reason}.`;
  return new ShoalError(
    'model_rejected',
    `Modelhost ${failed.host} cannot serve version ${version} of model '${model}': ${why}${rest}`,
    { fields: { hosts: lines } },
  );
}

export function late(what: string, all: AllHosts): ShoalError {
  const behind = all.lines.filter((line) => !isDone(line)).map((line) => line.host);
  const why =
    behind.length > 0
      ? `not all modelhosts followed in time: ${behind.join(', ')}`
      : 'no modelhost that is to serve it was ready in time';
  return new ShoalError('deadline_exceeded', `${what}, but ${why}.`, {
    fields: { hosts: all.lines },
  });
}
