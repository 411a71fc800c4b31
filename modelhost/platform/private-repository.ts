import { existsSync, mkdtempSync, promises as fs, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseModelReference } from '../../protocol/model-name';
import { storing } from '../repository/storage-fault';
import { copyModel, findModel } from './model-source';

/** Where a container's models come from: the operator's repository, or the platform. */
export type ModelOrigin = 'repository' | 'platform-directory' | 'platform-calls';

export interface OriginSettings {
  readonly SAGEMAKER_MULTI_MODEL: string;
  readonly SAGEMAKER_MODEL_DIRECTORY: string;
  readonly SAGEMAKER_MODEL: string;
  readonly MODEL_REPOSITORY: string;
  readonly EXAMPLE_MODELS: string;
}

/** The repository of one process. */
export interface OwnRepository {
  readonly origin: ModelOrigin;
  readonly directory: string;
  readonly examples: string;
  /** Puts the platform's model there; to be called before the repository is read. */
  fill(): Promise<void>;
  /** Removes what is this process's own. */
  dispose(): void;
}

/**
 * What a platform gives is copied into a repository that ends with the process: nothing is written
 * where the platform has put it, and nothing is left of what it has loaded. `serve`: the process was
 * told so, as platforms do.
 */
export function ownRepository(settings: OriginSettings, serve: boolean): OwnRepository {
  const origin = originOf(settings, serve);
  if (origin === 'repository') {
    return {
      origin,
      directory: settings.MODEL_REPOSITORY,
      examples: settings.EXAMPLE_MODELS,
      fill: () => Promise.resolve(),
      dispose: () => undefined,
    };
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'shoal-models-'));
  const given = settings.SAGEMAKER_MODEL_DIRECTORY;
  return {
    origin,
    directory,
    // Laid out as a repository itself: copied as such.
    examples: origin === 'platform-directory' ? given : '',
    fill: async () => {
      if (origin === 'platform-directory') await fillFrom(given, directory, settings);
    },
    dispose: () => {
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function originOf(settings: OriginSettings, serve: boolean): ModelOrigin {
  if (settings.SAGEMAKER_MULTI_MODEL === 'true') return 'platform-calls';
  return serve && existsSync(settings.SAGEMAKER_MODEL_DIRECTORY)
    ? 'platform-directory'
    : 'repository';
}

const onlyName = 'model';

/** A model that lies there without a folder of its own gets one, under the name that is asked for. */
async function fillFrom(given: string, directory: string, settings: OriginSettings): Promise<void> {
  const source = await findModel(given, '.');
  if (source === undefined) return;
  const asked = settings.SAGEMAKER_MODEL;
  const { model } = parseModelReference(asked === '' ? onlyName : asked);
  const version = path.join(directory, model, '1');
  await storing(async () => {
    await fs.mkdir(version, { recursive: true });
    await copyModel(source, version);
    if (source.config === undefined) return;
    const { format, text } = source.config;
    await fs.writeFile(path.join(directory, model, format), text);
  });
}

/** Why a container whose model came from its platform cannot serve. */
export function noModel(origin: ModelOrigin, ready: number): string {
  if (origin !== 'platform-directory' || ready > 0) return '';
  return 'the model in SAGEMAKER_MODEL_DIRECTORY could not be loaded; the log has the reason';
}
