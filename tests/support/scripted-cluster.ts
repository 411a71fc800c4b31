import { ShoalError } from '../../core/errors';
import { silentLogger } from '../../core/logging';
import type { KnownHost } from '../../inferrer/hosts/host-registry';
import { createClusterModels, type ClusterModels } from '../../inferrer/models/cluster-models';
import type { HostRequest } from '../../inferrer/models/host-calls';
import type { HostReply } from '../../inferrer/models/host-reply';
import type { ModelEntry } from '../../protocol/catalog';
import { hostCatalog, modelEntry, versionEntry } from './catalogs';
import { fakeRegistry, knownHost } from './fake-registry';

/** What a host answers to a call of the inferrer, or how the call ends. */
export type Answer = (host: string, request: HostRequest) => HostReply | ShoalError;

export function reply(status: number, body: Record<string, unknown> = {}): HostReply {
  return { status, host: '', body };
}

export function serving(id: string, entry: ModelEntry | undefined): KnownHost {
  return knownHost(id, { catalog: hostCatalog(id, entry === undefined ? [] : [entry]) });
}

export const v1 = versionEntry(1);
export const v2 = versionEntry(2);
export const old = modelEntry('m', { versions: [v1] });
export const held = modelEntry('m', { versions: [v1, v2] });
export const flipped = modelEntry('m', { versions: [v1, v2], defaultVersion: 2, generation: 5 });

/** The inferrer's side of changes, over hosts that a test sets. */
export interface Cluster {
  readonly models: ClusterModels;
  readonly registry: ReturnType<typeof fakeRegistry>;
  readonly calls: string[];
}

export function cluster(hosts: readonly KnownHost[], answer: Answer, waitMs = 5000): Cluster {
  const registry = fakeRegistry(hosts);
  const calls: string[] = [];
  const models = createClusterModels({
    registry,
    call: (url, request) => {
      const host = url.replace(/^http:\/\/|:8000$/g, '');
      calls.push(`${host} ${request.method} ${request.path}`);
      const outcome = answer(host, request);
      return outcome instanceof ShoalError ? Promise.reject(outcome) : Promise.resolve(outcome);
    },
    waitMs,
    logger: silentLogger(),
  });
  return { models, registry, calls };
}

export const published = reply(201, {
  version: 2,
  created: true,
  promote: true,
  sha256: 'ab',
  ignored: ['x'],
});
export const generation5: Answer = () => reply(200, { generation: 5 });
export const send = (): Promise<HostReply> => Promise.resolve(published);

export async function fault(promise: Promise<unknown>): Promise<ShoalError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ShoalError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** Lets everything run that is only waiting for its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
