import { createHash } from 'node:crypto';
import { ShoalError } from '../../core/errors';
import type { ClassLabels } from '../../protocol/catalog';
import { emptyConfig, type ModelConfig } from './model-config';
import { parseModelConfig, type ConfigFormat } from './parse-config';

/** A configuration with the text it was read from, so that it can be copied. */
export interface ConfigSource {
  readonly format: ConfigFormat;
  readonly text: string;
  readonly config: ModelConfig;
  /** What its label files say; absent where it names none, or they were not read. */
  readonly classLabels?: ClassLabels;
}

/** Reads a file as text; undefined if there is none. */
export type ReadText = (name: string) => Promise<string | undefined>;

/**
 * The configuration of one directory: config.json or config.pbtxt, or undefined where there is
 * neither. Throws invalid_request, also where there are both.
 */
export async function readConfigFiles(readText: ReadText): Promise<ConfigSource | undefined> {
  const json = await readText('config.json');
  const pbtxt = await readText('config.pbtxt');
  if (json !== undefined && pbtxt !== undefined) {
    throw new ShoalError(
      'invalid_request',
      'There are config.json and config.pbtxt; wanted one of them. Remove the other.',
    );
  }
  if (json !== undefined) return configFromText(json, 'config.json');
  if (pbtxt !== undefined) return configFromText(pbtxt, 'config.pbtxt');
  return undefined;
}

export function configFromText(text: string, format: ConfigFormat): ConfigSource {
  return { format, text, config: parseModelConfig(text, format) };
}

/** Equal for configurations that mean the same, however they are written. */
export function configDigest(config: ModelConfig): string {
  const meaning = { ...emptyConfig, ...config, stated: undefined, unknownFields: [] };
  return createHash('sha256').update(JSON.stringify(meaning, withoutNew)).digest('hex');
}

/** Fields that digests in older repositories do not have; they count where they say something. */
const added = new Set([
  'defaultTimeoutMs',
  'defaultAnswer',
  'maxRunMs',
  'rates',
  'padding',
  'placement',
  'pinned',
  'mayLeave',
  'idleMs',
  'labelFilename',
  'warmUps',
  'keepVersions',
  'cache',
  'preferredRows',
]);

function withoutNew(field: string, value: unknown): unknown {
  const nothing = value === null || value === false || (Array.isArray(value) && value.length === 0);
  return nothing && added.has(field) ? undefined : value;
}
