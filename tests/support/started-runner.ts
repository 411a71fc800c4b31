import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LoadMeasure, RunnerLoad } from '../../modelhost/runner/control';
import { RunnerProcess } from '../../modelhost/runners/runner-process';
import type { RunnerLimits } from '../../modelhost/runners/runner-watch';
import type { Attempt, BatchReply } from '../../protocol/link/batch';
import { createFramesLink, type FramesLink } from '../../serving/link/frames-link';
import { batch, type BatchParts } from './batches';

export const runnerLimits: RunnerLimits = {
  maxRunMs: 20_000,
  maxLoadMs: 30_000,
  memoryBytes: 2 * 1024 ** 3,
};

export interface StartedRunner {
  readonly process: RunnerProcess;
  readonly link: FramesLink;
  readonly directory: string;
  load(file: string, outputs: readonly string[], as?: Loaded): Promise<LoadMeasure>;
  /** Version 1 of the model. */
  unload(model: string): Promise<void>;
  send(parts: BatchParts): Promise<Attempt>;
  end(): Promise<void>;
}

export interface Loaded extends Pick<RunnerLoad, 'warmUps' | 'padTo' | 'warmUpMs'> {
  readonly model?: string;
  readonly version?: number;
  readonly generation?: number;
}

/** A runner without a supervisor, and a link to it. */
export async function startRunner(
  given: { secret?: string; limits?: Partial<RunnerLimits>; tcp?: boolean; runtime?: string } = {},
): Promise<StartedRunner> {
  const directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  const workingDirectory = path.join(directory, 'empty');
  mkdirSync(workingDirectory);
  const { secret = '', limits = {}, tcp = false, runtime = '' } = given;
  const runner = new RunnerProcess(
    {
      start: {
        id: 'runner-1',
        host: 'host-1',
        secret,
        socketPath: tcp ? '' : path.join(directory, 'socket'),
        tcp: tcp ? { host: '127.0.0.1', port: 0 } : null,
        maxFrameBytes: 64 * 1024 ** 2,
        maxQueuedBytes: 64 * 1024 ** 2,
        memoryBytes: limits.memoryBytes ?? runnerLimits.memoryBytes,
        markPath: path.join(directory, 'mark'),
      },
      advertiseHost: '127.0.0.1',
      workingDirectory,
      environment: {},
      runtime,
      limits: { ...runnerLimits, ...limits },
    },
    () => undefined,
  );
  const { address } = await runner.listening;
  const link = createFramesLink({ address, secret });
  const marks: string[] = [''];
  return {
    process: runner,
    link,
    directory,
    load: (file, outputs, { model = 'm', version = 1, generation = 1, ...more } = {}) =>
      runner.load({
        mark: marks.push(model) - 1,
        model,
        version,
        watchMs: 0,
        generation,
        path: file,
        outputs,
        threads: 1,
        ...more,
      }),
    unload: (model) => runner.unload({ model, version: 1, mark: marks.lastIndexOf(model) }),
    send: (parts) => link.send(batch(parts), performance.now() + (parts.timeLeftMs ?? 10_000)),
    end: async () => {
      link.close();
      if (runner.pid !== undefined) await runner.stop(2000);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The reply, or an error that says what there was instead. */
export function replied(attempt: Attempt): BatchReply {
  if (attempt.outcome === 'replied') return attempt.reply;
  throw new Error(attempt.outcome === 'failed' ? attempt.error.message : JSON.stringify(attempt));
}
