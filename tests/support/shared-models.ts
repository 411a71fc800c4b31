import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Third-party models with expected results; they lie beside the project, never inside it. */
export const sharedModels = path.resolve(process.cwd(), '../shared/models');

/** One model of the manifest. Paths are relative to `sharedModels`. */
export interface SharedModel {
  readonly name: string;
  readonly file: string;
  readonly tags: readonly string[];
  readonly stateful: boolean;
  readonly cases: readonly string[];
  readonly extra_files?: readonly { readonly file: string }[];
  /** What must happen instead of an answer, for models that cannot be served. */
  readonly expect?: { readonly status: string; readonly detail: string };
}

/** One case of the ONNX backend test suite. Paths are relative to `sharedModels`. */
export interface BackendCase {
  readonly id: string;
  readonly file: string;
  readonly opset: string;
  readonly ops: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly sets: readonly {
    readonly name: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
  }[];
  /** What the runtime itself does with it: match, load_fail, crash, unsupported_input, run_fail. */
  readonly onnxruntime_node_1_30_0: string;
}

export interface Manifest {
  readonly models: readonly SharedModel[];
  readonly backend: {
    readonly atol_overrides: Readonly<Record<string, number>>;
    readonly cases: readonly BackendCase[];
  };
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(path.join(sharedModels, 'manifest.json'), 'utf8')) as Manifest;
}

/** The model's entry; throws where the manifest has none of this name. */
export function sharedModel(name: string): SharedModel {
  const model = readManifest().models.find((entry) => entry.name === name);
  if (model === undefined) throw new Error(`no shared model called ${name}`);
  return model;
}

/** Absolute path of the named model's file. */
export function sharedModelFile(name: string): string {
  return path.join(sharedModels, sharedModel(name).file);
}

/**
 * `describe` for tests that need the shared models. Without them it is one skipped test that says
 * why, or with CI=true one that fails; `tests` is called only where the models are there, so it
 * may read the manifest while tests are being collected.
 */
export function describeShared(name: string, tests: () => void): void {
  if (existsSync(path.join(sharedModels, 'manifest.json'))) {
    describe(name, tests);
    return;
  }
  const reason = `${name}: ../shared/models is not there`;
  if (process.env['CI'] === 'true') {
    it(name, () => {
      throw new Error(reason);
    });
  } else {
    it.skip(reason, () => undefined);
  }
}
