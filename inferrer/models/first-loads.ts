import { performance } from 'node:perf_hooks';
import { asShoalError, type ErrorCode, type ShoalError } from '../../core/errors';
import type { VersionEntry } from '../../protocol/catalog';
import type { HostRegistry, KnownHost } from '../hosts/host-registry';
import { hasGone, unlessLost } from '../hosts/unless-lost';
import type { CallHost, HostRequest } from './host-calls';
import { serving, type Loads, type Progress } from './host-progress';
import { errorOfReply } from './host-reply';

/** A version that is to get a name, by a client's request. */
export interface FirstLoadsOptions {
  readonly call: CallHost;
  readonly registry: HostRegistry;
  readonly model: string;
  readonly version: number;
  readonly requestId: string;
}

/** Faults that say nothing of whether the host can load it. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'host_lost',
  'not_ready',
  'shutting_down',
  'deadline_exceeded',
  'conflict',
  'unknown_model',
  'unknown_version',
]);

interface Outcome {
  /** The host's catalog that it was asked by. */
  readonly revision: string;
  readonly progress: Progress;
}

/**
 * Has hosts load a version that they would load only when it is asked for, and never have: that they
 * would is no proof that they can. Once is enough; it may leave the memory again.
 */
export class FirstLoads implements Loads {
  readonly #options: FirstLoadsOptions;
  readonly #outcomes = new Map<string, Outcome>();

  constructor(options: FirstLoadsOptions) {
    this.#options = options;
  }

  progressOf(host: KnownHost): Progress | undefined {
    if (!this.#isNew(host)) return undefined;
    return this.#outcomes.get(host.id)?.progress ?? { state: 'waiting' };
  }

  /** One that did not answer is asked again once its catalog has changed. */
  isDue(host: KnownHost): boolean {
    if (!this.#isNew(host)) return false;
    const known = this.#outcomes.get(host.id);
    if (known === undefined) return true;
    return known.progress.state === 'waiting' && known.revision !== host.catalog?.revision;
  }

  async load(host: KnownHost, deadline: number): Promise<void> {
    const fault = await this.#ask(host, Math.max(1, Math.ceil(deadline - performance.now())));
    const revision = host.catalog?.revision ?? '';
    this.#outcomes.set(host.id, { revision, progress: progressAfter(fault) });
  }

  #isNew({ catalog }: KnownHost): boolean {
    const { model, version } = this.#options;
    const entry = catalog?.models.find(({ name }) => name === model);
    const found = entry?.versions.find((each) => each.version === version);
    return found !== undefined && isNew(found);
  }

  async #ask(host: KnownHost, timeoutMs: number): Promise<ShoalError | undefined> {
    const { call, registry, model, version, requestId } = this.#options;
    const request: HostRequest = {
      method: 'POST',
      path: `/modelhost/models/${model}/demand`,
      body: { version, timeout_ms: timeoutMs },
      requestId,
      timeoutMs,
    };
    const gone = hasGone(host);
    try {
      const reply = await unlessLost(
        registry,
        (hosts) => gone(serving(hosts)),
        (signal) => call(host.url, { ...request, signal }),
      );
      return reply.status < 300 ? undefined : errorOfReply(reply);
    } catch (error) {
      return asShoalError(error);
    }
  }
}

function isNew({ onDemand, neverLoaded }: VersionEntry): boolean {
  return onDemand === true && neverLoaded === true;
}

function progressAfter(fault: ShoalError | undefined): Progress {
  if (fault === undefined) return { state: 'ready' };
  return passing.has(fault.code)
    ? { state: 'waiting' }
    : { state: 'failed', reason: fault.message };
}
