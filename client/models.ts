import { jsonOf, send, type Answer, type Call, type CallOptions, type Way } from './call.js';
import { createCanaries, type Canaries } from './canary.js';
import type { HostLine } from './host-line.js';
import { createLabels, type Labels } from './labels.js';
import { createVariants, type Variants } from './variants.js';

export interface Uploaded {
  readonly model: string;
  readonly version: number;
  readonly sha256: string;
  /** False where the same bytes with the same configuration were there already. */
  readonly created: boolean;
  /** Fields of the configuration that have no effect; absent where there are none. */
  readonly ignored?: readonly string[];
  readonly hosts: readonly HostLine[];
}

export interface UploadOptions extends CallOptions {
  /** The model's configuration, as in `config.json`. */
  readonly config?: object;
  readonly description?: string;
}

/** A tensor as the model describes it; free dimensions are null or have their name. */
export interface TensorInformation {
  readonly name: string;
  readonly type: string;
  /** Null where requests cannot carry it. */
  readonly datatype: string | null;
  readonly shape: readonly (number | string | null)[] | null;
}

export interface ModelInformation {
  readonly model: string;
  readonly version: number;
  readonly default_version: number;
  readonly description: string;
  readonly state: string;
  /** Why it failed or is not served; '' otherwise. */
  readonly reason: string;
  readonly inputs: readonly TensorInformation[];
  readonly outputs_full: readonly TensorInformation[];
  readonly sha256: string;
  readonly bytes: number;
  readonly labels: Readonly<Record<string, number>>;
  /** Fields of its configuration that have no effect. */
  readonly ignored: readonly string[];
  readonly versions: readonly {
    readonly version: number;
    readonly state: string;
    readonly reason: string;
    readonly sha256: string;
  }[];
}

/** One line of the repository's index. */
export interface IndexEntry {
  readonly name: string;
  readonly version?: string;
  readonly state?: string;
  readonly reason?: string;
}

/** The cluster's models. Changes resolve when every modelhost acts accordingly. */
export interface Models extends Labels, Variants, Canaries {
  list(options?: CallOptions): Promise<readonly string[]>;
  information(model: string, options?: CallOptions): Promise<ModelInformation>;
  index(options?: CallOptions): Promise<readonly IndexEntry[]>;
  /** Stores the bytes of an ONNX file as the next version, which becomes the default. */
  upload(model: string, file: Blob | Uint8Array, options?: UploadOptions): Promise<Uploaded>;
  download(model: string, options?: CallOptions): Promise<Uint8Array>;
  /** Deletes a model, or one version where `model` is `name:version`. */
  delete(model: string, options?: CallOptions): Promise<void>;
  setDefault(model: string, version: number, options?: CallOptions): Promise<readonly HostLine[]>;
  describe(model: string, description: string, options?: CallOptions): Promise<void>;
  /** Where the server allows it (`MODEL_CONTROL`). */
  load(model: string, options?: CallOptions): Promise<void>;
  unload(model: string, options?: CallOptions): Promise<void>;
}

/** Of whole files: how long they take is for their size and the line to say. */
const untimed = { timeoutMs: Infinity } as const;

export function createModels(way: Way): Models {
  return {
    ...readingOf(way),
    ...changesOf(way),
    ...createLabels(way),
    ...createVariants(way),
    ...createCanaries(way),
  };
}

type Reading = Pick<Models, 'list' | 'information' | 'index' | 'download'>;

function readingOf(way: Way): Reading {
  const read = (path: string, options?: CallOptions): Promise<Answer> =>
    send(way, { method: 'GET', path, repeatable: true }, options);
  return {
    async list(options) {
      const body = jsonOf(await read('/api/v1/models', options)) as {
        model_list: readonly string[];
      };
      return body.model_list;
    },
    async information(model, options) {
      return jsonOf(await read(pathOf(model), options)) as ModelInformation;
    },
    async index(options) {
      const call = { ...told('/v2/repository/index', {}), repeatable: true };
      return jsonOf(await send(way, call, options)) as readonly IndexEntry[];
    },
    async download(model, options) {
      return (await read(`${pathOf(model)}/download`, { ...untimed, ...options })).bytes;
    },
  };
}

function changesOf(way: Way): Omit<Models, keyof Reading | keyof (Labels & Variants & Canaries)> {
  const tell = (path: string, body: object, options?: CallOptions): Promise<Answer> =>
    send(way, told(path, body), options);
  return {
    async upload(model, file, options = {}) {
      const call = uploadOf(model, file, options);
      return jsonOf(await send(way, call, { ...untimed, ...options })) as Uploaded;
    },
    async delete(model, options) {
      await send(way, { method: 'DELETE', path: pathOf(model), repeatable: false }, options);
    },
    async setDefault(model, version, options) {
      const answer = await tell(`${pathOf(model)}/default`, { default: version }, options);
      return (jsonOf(answer) as { hosts: readonly HostLine[] }).hosts;
    },
    async describe(model, description, options) {
      await tell(pathOf(model), { model_description: description }, options);
    },
    async load(model, options) {
      await tell(controlPath(model, 'load'), {}, options);
    },
    async unload(model, options) {
      await tell(controlPath(model, 'unload'), {}, options);
    },
  };
}

function told(path: string, body: object): Call {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    repeatable: false,
  };
}

function pathOf(model: string): string {
  return `/api/v1/models/${encodeURIComponent(model)}`;
}

function controlPath(model: string, what: 'load' | 'unload'): string {
  return `/v2/repository/models/${encodeURIComponent(model)}/${what}`;
}

function uploadOf(
  model: string,
  file: Blob | Uint8Array,
  { config, description }: UploadOptions,
): Call {
  const form = new FormData();
  if (config !== undefined) form.set('config', JSON.stringify(config));
  if (description !== undefined) form.set('model_description', description);
  const blob = file instanceof Blob ? file : new Blob([new Uint8Array(file)]);
  form.set('path', blob, 'model.onnx');
  return { method: 'PUT', path: pathOf(model), body: form, repeatable: false };
}
