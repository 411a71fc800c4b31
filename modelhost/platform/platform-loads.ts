import { createHash } from 'node:crypto';
import path from 'node:path';
import { asShoalError, ShoalError } from '../../core/errors';
import type { LoadedModel, ModelLoads } from '../../protocol/dialects/sagemaker/hosting';
import { notLoaded } from '../../protocol/dialects/sagemaker/model-handlers';
import { isModelName } from '../../protocol/model-name';
import type { HostModels, StagedUpload } from '../models';
import { TooMuchMemory } from '../probe/probe-model';
import type { StoredFile } from '../repository/content-hash';
import { sha256Of } from '../repository/sha256-of';
import { storing } from '../repository/storage-fault';
import type { MemoryRoom } from './memory-room';
import { copyModel, findModel, type ModelSource } from './model-source';

export interface PlatformLoadsOptions {
  readonly models: Pick<HostModels, 'stage' | 'publish' | 'remove'>;
  /** Resolves when nothing of the model is loaded on this host any more. */
  readonly gone: (model: string) => Promise<void>;
  /** Directory below which models may lie. */
  readonly root: string;
  readonly room: MemoryRoom;
}

interface Loaded extends LoadedModel {
  /** Its name within this server. */
  readonly model: string;
  /** Requests that ask it now. */
  uses: number;
  /** Called when the last of them is over. */
  idle: () => void;
}

/**
 * Models of a container that its platform fills. What is asked of one name happens in the order in
 * which it was asked; loads happen one after the other, so that what memory is left is known.
 */
export class PlatformLoads implements ModelLoads {
  readonly #options: PlatformLoadsOptions;
  readonly #loaded = new Map<string, Loaded>();
  readonly #turns = new Map<string, Promise<unknown>>();
  #loading: Promise<unknown> = Promise.resolve();

  constructor(options: PlatformLoadsOptions) {
    this.#options = options;
  }

  load(name: string, url: string): Promise<void> {
    return this.#inTurn(name, async () => {
      if (this.#loaded.has(name)) {
        throw new ShoalError('conflict', `Model ${JSON.stringify(name)} is loaded already.`);
      }
      const model = modelNameFor(name);
      const work = this.#loading.then(() => this.#publish(model, url));
      this.#loading = work.catch(() => undefined);
      await work;
      this.#loaded.set(name, { name, url, model, uses: 0, idle: () => undefined });
    });
  }

  unload(name: string): Promise<void> {
    return this.#inTurn(name, async () => {
      const loaded = this.#loaded.get(name);
      if (loaded === undefined) throw notLoaded(name);
      this.#loaded.delete(name);
      await this.#unused(loaded);
      await this.#remove(loaded);
      await this.#options.gone(loaded.model);
    });
  }

  /** One that cannot be removed stays loaded, so that it can be tried again. */
  async #remove(loaded: Loaded): Promise<void> {
    try {
      await this.#options.models.remove(loaded.model, '');
    } catch (error) {
      if (asShoalError(error).code !== 'unknown_model') this.#loaded.set(loaded.name, loaded);
      throw error;
    }
  }

  list(): readonly LoadedModel[] {
    const byName = (a: LoadedModel, b: LoadedModel): number => (a.name < b.name ? -1 : 1);
    return [...this.#loaded.values()].sort(byName);
  }

  async use<Result>(name: string, work: (model: string) => Promise<Result>): Promise<Result> {
    const loaded = this.#loaded.get(name);
    if (loaded === undefined) throw notLoaded(name);
    loaded.uses++;
    try {
      return await work(loaded.model);
    } finally {
      loaded.uses--;
      if (loaded.uses === 0) loaded.idle();
    }
  }

  #inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#turns.set(name, turn);
    const forget = (): void => {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    };
    turn.then(forget, forget);
    return turn;
  }

  #unused(loaded: Loaded): Promise<void> {
    if (loaded.uses === 0) return Promise.resolve();
    return new Promise((resolve) => {
      loaded.idle = resolve;
    });
  }

  async #publish(model: string, url: string): Promise<void> {
    const { root, models } = this.#options;
    const source = await findModel(root, url);
    if (source === undefined) {
      throw new ShoalError(
        'unknown_model',
        'There is no model at this url: wanted an ONNX file, or a directory with model.onnx or ' +
          'with numbered directories that have one.',
      );
    }
    this.#refuseOver(source);
    const staged = await models.stage();
    try {
      await this.#publishFrom(source, staged, model);
    } catch (error) {
      throw asLoadFault(error);
    } finally {
      await staged.discard();
    }
  }

  async #publishFrom(source: ModelSource, staged: StagedUpload, model: string): Promise<void> {
    await storing(() => copyModel(source, staged.directory));
    const { config } = source;
    await this.#options.models.publish(staged, {
      model,
      hold: false,
      files: await storedFiles(staged.directory, source),
      ...(config !== undefined && { config }),
    });
  }

  /** A model takes at least as much memory as its files are long. */
  #refuseOver({ bytes }: ModelSource): void {
    const free = this.#options.room.freeBytes();
    if (bytes <= free) return;
    throw new ShoalError(
      'insufficient_memory',
      `The model's files have ${bytes} bytes, and there is memory for ${Math.floor(free)} ` +
        '(SAGEMAKER_MEMORY_BYTES): unload another model first.',
    );
  }
}

/** What was copied, the model first. */
async function storedFiles(
  directory: string,
  { files, model }: ModelSource,
): Promise<StoredFile[]> {
  const first = (name: string): number => (name === model ? 0 : 1);
  const sorted = [...files].sort((a, b) => first(a.to) - first(b.to));
  const stored: StoredFile[] = [];
  for (const { to, bytes } of sorted) {
    stored.push({ name: to, sha256: await sha256Of(path.join(directory, to)), bytes });
  }
  return stored;
}

/** What the platform is told of a failed load: 507 for memory, 400 for a model that cannot be served. */
function asLoadFault(error: unknown): unknown {
  if (error instanceof TooMuchMemory) {
    return new ShoalError(
      'insufficient_memory',
      `${error.message} Unload another model first, or see SAGEMAKER_MEMORY_BYTES and ` +
        'RUNNER_MEMORY_BYTES.',
      { cause: error },
    );
  }
  if (!(error instanceof ShoalError) || error.code !== 'model_rejected') return error;
  return new ShoalError('invalid_request', error.message, { cause: error });
}

/** The platform's names are opaque, and ours are not: what cannot be one of ours gets one. */
export function modelNameFor(name: string): string {
  if (isModelName(name) && !name.startsWith('platform-')) return name;
  return `platform-${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
}
