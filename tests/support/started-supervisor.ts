import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../core/logging';
import {
  createRunnerSupervisor,
  type RunnerPool,
} from '../../modelhost/runners/create-runner-supervisor';
import type { LoadOrder, RunnerChange } from '../../modelhost/runners/runner-supervisor';
import type { RunnerAddress } from '../../protocol/cluster/heartbeat';
import type { Attempt } from '../../protocol/link/batch';
import { createFramesLink, type FramesLink } from '../../serving/link/frames-link';
import { batch, type BatchParts } from './batches';
import { writeAddOne, writeRounds } from './made-models';
import { floats, floatsOf, spec } from './servables';
import { encodeElements } from './shared-cases';

type Options = Partial<Parameters<typeof createRunnerSupervisor>[0]>;
type Found = (changes: readonly RunnerChange[]) => boolean;

/** A supervisor with real runners, and what has happened to them by itself. */
export class StartedSupervisor {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  readonly addOne = writeAddOne(this.directory);
  readonly rounds = writeRounds(this.directory);
  readonly changes: RunnerChange[] = [];
  readonly #links: FramesLink[] = [];
  readonly #waiting: { found: Found; resolve: () => void }[] = [];
  #supervisor: RunnerPool | undefined;

  start(options: Options = {}): void {
    this.#supervisor = createRunnerSupervisor({
      host: 'h',
      parentDirectory: this.directory,
      logger: silentLogger(),
      ...options,
    });
    this.#supervisor.onChange((change) => {
      this.changes.push(change);
      for (const one of this.#waiting) if (one.found(this.changes)) one.resolve();
    });
  }

  get supervisor(): RunnerPool {
    if (this.#supervisor === undefined) throw new Error('start it first');
    return this.#supervisor;
  }

  /** Resolves when what has happened so far is what is looked for. */
  until(found: Found): Promise<void> {
    if (found(this.changes)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ found, resolve }));
  }

  send(model: string, parts: BatchParts = {}, onState?: () => void): Promise<Attempt> {
    const where = this.supervisor.location(model, parts.version ?? 1);
    if (where?.state !== 'ready') throw new Error(`${model} is not served`);
    const link = createFramesLink({
      address: where.runner.address,
      secret: '',
      ...(onState && { onState }),
    });
    this.#links.push(link);
    const inputs = [floats('x', [1, 3], [1, 2, 3])];
    return link.send(batch({ model, inputs, ...parts }), performance.now() + 10_000);
  }

  async answer(model: string, parts?: BatchParts): Promise<string> {
    const attempt = await this.send(model, parts);
    if (attempt.outcome === 'replied') return floatsOf(attempt.reply.outputs[0]!).join(' ');
    return attempt.outcome === 'refused' ? attempt.reason : attempt.outcome;
  }

  runnerOf(model: string): RunnerAddress | undefined {
    return this.supervisor.location(model, 1)?.runner;
  }

  kill(model: string, signal: NodeJS.Signals): void {
    const pid = this.supervisor.pids().get(this.runnerOf(model)?.id ?? '');
    if (pid === undefined) throw new Error(`${model} has no runner`);
    process.kill(pid, signal);
  }

  async end(): Promise<void> {
    for (const link of this.#links) link.close();
    await this.#supervisor?.close();
    rmSync(this.directory, { recursive: true });
  }
}

export function happened(...kinds: readonly RunnerChange['kind'][]): Found {
  return (all) => all.map(({ kind }) => kind).join() === kinds.join();
}

/** An order for version 1 of a model that takes rows of three. */
export function order(model: string, file: string, more: Partial<LoadOrder> = {}): LoadOrder {
  const signature = { inputs: [spec('x', ['n', 3])], outputs: [spec('y', ['n', 3])] };
  return {
    model,
    version: 1,
    generation: 1,
    path: file,
    signature,
    ownRunner: false,
    ...more,
  };
}

export function whole(name: string, shape: readonly number[], value: number): BatchParts {
  return { inputs: [{ name, datatype: 'INT64', shape, data: encodeElements('INT64', [value]) }] };
}
