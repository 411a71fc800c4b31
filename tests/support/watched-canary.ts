import { ShoalError } from '../../core/errors';
import type { Logger } from '../../core/logging';
import { createCanaryWatch, type CanaryWatch } from '../../inferrer/canary/canary-watch';
import type { WithheldCanaries } from '../../inferrer/canary/withheld-canaries';
import type { KnownHost } from '../../inferrer/hosts/host-registry';
import type { Canary, CanaryVerdict } from '../../protocol/canary/canary';
import type { VersionEntry } from '../../protocol/catalog';
import { modelEntry, versionEntry } from './catalogs';

/** In its first step. */
export const begun: Canary = {
  version: 2,
  steps: [10, 100],
  everyMs: 60_000,
  limits: { errorRate: 0.01, latencyRatio: null, disagreement: null, minRequests: 50 },
  id: 'c',
  state: 'stepping',
  step: 0,
  decisions: [],
};

/** A canary of the model `m`, version 2, looked after; a test sets what is found. */
export interface Watched extends CanaryWatch {
  canary: Canary;
  counts: Record<string, bigint>;
  /** What another inferrer has counted; undefined while it cannot be asked. */
  others: Record<string, bigint> | undefined;
  hosts: KnownHost[];
  fails: boolean;
  /** How often was asked what was counted. */
  questions: number;
  version: Partial<VersionEntry> | undefined;
  clock: number;
  /** Of the live version. */
  live: Record<string, bigint>;
  /** Why no verdict can be written. */
  unwritable: string;
  readonly told: CanaryVerdict[];
  readonly observed: string[];
  readonly logged: string[];
  readonly withheld: WithheldCanaries;
}

/** `counts`: whether nobody else has decided before. */
export function watch(counts = true): Watched {
  const logged: string[] = [];
  const withheld: WithheldCanaries = new Map();
  const all: Watched = {
    canary: begun,
    counts: { success: 1000n, fail: 500n },
    others: undefined,
    hosts: [],
    fails: false,
    questions: 0,
    version: {},
    clock: 5,
    live: {},
    unwritable: '',
    told: [],
    observed: [],
    logged,
    withheld,
    ...createCanaryWatch({
      withheld,
      catalog: {
        models: () => [
          modelEntry('m', {
            canary: current(),
            versions: all.version === undefined ? [] : [versionEntry(2, all.version)],
          }),
        ],
      },
      hosts: () => all.hosts,
      counters: (_model, versions) => {
        all.questions += 1;
        if (all.fails) return Promise.reject(new Error('gone'));
        const lives = { here: all.counts, ...(all.others && { there: all.others }) };
        const of = (version: number) => (counts: Record<string, bigint>) =>
          new Map(Object.entries(version === 2 ? counts : all.live));
        return Promise.resolve(
          versions.map(
            (version) =>
              new Map(Object.entries(lives).map(([life, counts]) => [life, of(version)(counts)])),
          ),
        );
      },
      tell: (_model, verdict) => {
        all.told.push(verdict);
        if (all.unwritable === '') return Promise.resolve(counts);
        return Promise.reject(new ShoalError('insufficient_storage', all.unwritable));
      },
      observe: (model, _canary, { action }) => all.observed.push(`${model} ${action}`),
      now: () => all.clock,
      logger: loggerTo(logged),
    }),
  };
  function current(): Canary {
    return all.canary;
  }
  return all;
}

/** Takes down the reason of each line. */
export function loggerTo(lines: string[]): Logger {
  const write = ({ reason }: { readonly reason: string }): unknown => lines.push(reason);
  return { info: write, warn: write } as unknown as Logger;
}
