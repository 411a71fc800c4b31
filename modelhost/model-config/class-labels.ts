import { ShoalError } from '../../core/errors';
import type { ConfigSource, ReadText } from './config-files';

/** They travel with the catalog to every inferrer. */
const mostCharacters = 256 * 1024;

/**
 * The configuration with what its label files say: a line for each class of an output, in order.
 * Throws model_rejected where a file is not there, or all of them are too long.
 */
export async function withClassLabels(
  source: ConfigSource | undefined,
  readText: ReadText,
): Promise<ConfigSource | undefined> {
  const classLabels: Record<string, readonly string[]> = {};
  let left = mostCharacters;
  for (const { name, labelFilename } of source?.config.outputs ?? []) {
    if (labelFilename === null) continue;
    const text = await readText(labelFilename);
    if (text === undefined) {
      throw rejected(name, `there is no file '${labelFilename}' in the model's directory`);
    }
    left -= text.length;
    if (left < 0) throw rejected(name, `wanted at most ${mostCharacters} characters in all`);
    classLabels[name] = linesOf(text);
  }
  if (source === undefined || left === mostCharacters) return source;
  return { ...source, classLabels };
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function rejected(output: string, fault: string): ShoalError {
  return new ShoalError('model_rejected', `label_filename of output '${output}': ${fault}.`);
}
