import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import type { RunnerKeeper } from './runner-keeper';
import type { RunnerDeath } from './runner-death';
import { RunnerProcess } from './runner-process';
import type { RunnerLimits } from './runner-watch';
import type { SupervisorOptions } from './supervisor-options';

/** Whom a runner is for, and who is told of it. */
export interface RunnerUse {
  readonly keeper: RunnerKeeper;
  readonly onDeath: (death: RunnerDeath) => void;
  readonly onGrown: () => void;
}

/** A directory for the sockets and marks of runners. */
export function makeRunnerDirectory(parent: string): string {
  return mkdtempSync(path.join(parent, 'shoal-'));
}

/** Its id is never used twice, so that nobody mistakes one for another. */
export function startRunner(
  options: SupervisorOptions,
  directory: string,
  { keeper, onDeath, onGrown }: RunnerUse,
): RunnerProcess {
  const { link, host, secret, environment, runtime, maxFrameBytes, maxQueuedBytes } = options;
  const unique = randomBytes(4).toString('hex');
  const base = path.join(directory, unique);
  const id = `${host}-${unique}`;
  const limits = limitsOf(keeper, options.limits);
  options.logger.debug({ runner: id, keeper: keeper.name }, 'runner starts');
  return new RunnerProcess(
    {
      start: {
        id,
        host,
        secret,
        maxFrameBytes,
        maxQueuedBytes,
        memoryBytes: limits.memoryBytes,
        markPath: `${base}.at`,
        socketPath: link.kind === 'unix' ? `${base}.sock` : '',
        tcp: link.kind === 'tcp' ? { host: link.listenHost, port: 0 } : null,
      },
      advertiseHost: link.kind === 'tcp' ? link.advertiseHost : '',
      workingDirectory: emptyDirectoryIn(directory),
      environment,
      runtime,
      limits,
      lessUrgent: keeper.kind === 'shadow',
      onGrown,
    },
    onDeath,
  );
}

/** There for each runner: temporary files that nobody has touched for days are removed on many systems. */
function emptyDirectoryIn(directory: string): string {
  const empty = path.join(directory, 'empty');
  mkdirSync(empty, { recursive: true });
  return empty;
}

/**
 * A model that limits its runs has a runner of its own. A shadow that grows is ended in the end: it is
 * not replaced before, as there is one replacement at a time on a host.
 */
function limitsOf({ entries, kind }: RunnerKeeper, limits: RunnerLimits): RunnerLimits {
  const own = entries.find(({ order }) => order.maxRunMs !== undefined)?.order.maxRunMs;
  const { maxRunMs, budgetBytes = Infinity } = limits;
  const grownBytes = kind === 'shadow' ? Infinity : budgetBytes;
  return { ...limits, maxRunMs: own ?? maxRunMs, budgetBytes: grownBytes };
}
