import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { silentLogger } from '../../core/logging';
import { createModelhostApp } from '../../modelhost/app';
import type { HostModels, PublishOptions } from '../../modelhost/models';
import { contentHash } from '../../modelhost/repository/content-hash';
import { startAppServer, type AppServer } from './app-server';
import { fixedCatalog, hostCatalog, modelEntry, versionEntry } from './catalogs';

/** The catalog that the modelhost below serves. */
export const servedCatalog = fixedCatalog([
  modelEntry('iris', {
    description: 'Flowers',
    defaultVersion: 2,
    labels: { old: 1 },
    versions: [versionEntry(1), versionEntry(2)],
  }),
  modelEntry('net'),
]);

export const uploadMaxBytes = 100_000;
export const uploadMaxFiles = 5;

/** The routes of a modelhost on a repository that only notes what it is asked. */
export interface FakeModelhost {
  readonly server: AppServer;
  /** What the repository was asked, as [operation, ...arguments]. */
  readonly calls: unknown[][];
  readonly published: { readonly options: PublishOptions; readonly bytes: string }[];
  /** How often the test routes were called, and how often staging began. */
  readonly counts: { tests: number; stages: number };
  /** Files that are in their staging places now. */
  staged(): string[];
  /** Forgets what was noted. */
  reset(): void;
  close(): void;
}

export async function startFakeModelhost(): Promise<FakeModelhost> {
  const directory = mkdtempSync(path.join(tmpdir(), 'shoal-app-'));
  const calls: unknown[][] = [];
  const published: { options: PublishOptions; bytes: string }[] = [];
  const counts = { tests: 0, stages: 0 };
  const models: HostModels = {
    stage() {
      const staging = path.join(directory, `staged-${++counts.stages}`);
      mkdirSync(staging);
      return Promise.resolve({
        directory: staging,
        file: path.join(staging, 'model.onnx'),
        discard: () => {
          rmSync(staging, { recursive: true, force: true });
          return Promise.resolve();
        },
      });
    },
    async publish(staged, options) {
      const bytes = readFileSync(staged.file, 'latin1');
      await staged.discard();
      if (bytes === 'bad') throw new ShoalError('model_rejected', 'It is no ONNX model.');
      if (bytes === 'one too many') {
        throw new ShoalError('overloaded', 'Others wait to be tried.', { retryAfter: 17 });
      }
      options.tell?.('checked');
      options.tell?.('tried');
      published.push({ options, bytes });
      return {
        model: options.model,
        version: 3,
        generation: 7,
        created: bytes !== 'same',
        sha256: contentHash(options.files),
        promote: true,
      };
    },
    remove(model, version) {
      if (model === 'nothing') throw new ShoalError('unknown_model', 'No such model.');
      calls.push(['remove', model, version]);
      return Promise.resolve({ generation: 8 });
    },
    describe(model, description) {
      calls.push(['describe', model, description]);
      return Promise.resolve({ generation: 10 });
    },
    update: () => Promise.resolve(),
    readStanding: () => Promise.resolve(undefined),
    withFiles(model, version, use) {
      calls.push(['file', model, version]);
      const file = path.join(directory, '.hidden.onnx');
      writeFileSync(file, 'the bytes');
      const sha256 = createHash('sha256').update('the bytes').digest('hex');
      const files = [{ name: 'model.onnx', path: file, bytes: 9 }];
      return use({ sha256, files, createdAt: 0 });
    },
  };

  const app = createModelhostApp({
    hostId: 'h-7',
    catalog: servedCatalog,
    models,
    control: {
      load(model, hold = false) {
        calls.push(['load', model, ...(hold ? ['hold'] : [])]);
        if (model === 'heavy') {
          return Promise.reject(new ShoalError('insufficient_memory', 'It needs 300 MiB.'));
        }
        return Promise.resolve({ generation: 11, version: 3 });
      },
      keep(model) {
        calls.push(['keep', model]);
        return Promise.resolve({ generation: 14 });
      },
      unload(model) {
        calls.push(['unload', model]);
        return Promise.resolve({ generation: 12, unloaded: true });
      },
      async override(model, override, signal) {
        calls.push(['override', model, override.config, [...override.files.keys()]]);
        if (model === 'long') {
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
          calls.push(['its caller has gone']);
        }
        const published = { model, version: 4, generation: 13, created: true };
        return { ...published, sha256: '', promote: true };
      },
    },
    naming: {
      named: (_model, _versions, give) => give(),
      hold(model, version) {
        calls.push(['hold', model, version]);
        return Promise.resolve({ generation: 9, held: true, loads: true });
      },
      release(model, version) {
        calls.push(['release', model, version]);
        return Promise.resolve({ generation: 15 });
      },
      setDefault(model, version) {
        calls.push(['setDefault', model, version]);
        return Promise.resolve({ generation: 9 });
      },
      label(model, label, version) {
        calls.push(['label', model, label, version]);
        return Promise.resolve({ generation: 16 });
      },
      unlabel(model, label) {
        calls.push(['unlabel', model, label]);
        return Promise.resolve({ generation: 17 });
      },
    },
    traffic: {
      set(model, traffic) {
        calls.push(['spread', model, traffic]);
        return Promise.resolve({ generation: 18 });
      },
      end(model) {
        calls.push(['unspread', model]);
        return Promise.resolve({ generation: 19 });
      },
    },
    canary: {
      begin(model, plan) {
        calls.push(['begin', model, plan]);
        return Promise.resolve({ generation: 20 });
      },
      decide(model, verdict) {
        calls.push(['decide', model, verdict]);
        return Promise.resolve({ generation: 20, applied: true });
      },
      end(model) {
        calls.push(['end', model]);
        return Promise.resolve({ generation: 20 });
      },
    },
    demand(model, version) {
      calls.push(['demand', model, version]);
      return Promise.resolve();
    },
    catalogAfter: (since) => {
      calls.push(['since', since]);
      return Promise.resolve(hostCatalog('h-7', servedCatalog.models()));
    },
    dryRun: (_staged, { model, files }) =>
      Promise.resolve({
        dry_run: true,
        model,
        version: 3,
        created: true,
        sha256: contentHash(files),
        bytes: 0,
        inputs: [],
        outputs: [],
        load_ms: 1,
        memory_bytes: 1,
        ran: true,
        row_us: [],
        batching: { allowed: true, worthwhile: true, max_rows: 64, why_not: '' },
      }),
    uploadMaxBytes,
    uploadMaxFiles,
    countTest: () => {
      counts.tests += 1;
    },
    logger: silentLogger(),
  });
  const server = await startAppServer(app);
  return {
    server,
    calls,
    published,
    counts,
    staged: () => readdirSync(directory).filter((name) => name.startsWith('staged')),
    reset() {
      calls.length = 0;
      published.length = 0;
    },
    close() {
      server.close();
      rmSync(directory, { recursive: true });
    },
  };
}
