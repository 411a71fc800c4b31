import { ShoalError } from '../core/errors';

/** A model, and the version that is asked for: a number, a label, or '' for the default. */
export interface ModelReference {
  readonly model: string;
  readonly version: string;
}

const nameGrammar = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const versionGrammar = /^(?:[1-9][0-9]{0,8}|[A-Za-z][A-Za-z0-9._-]{0,63})$/;
const labelGrammar = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
const numberGrammar = /^[1-9][0-9]{0,8}$/;

/** Words that are parts of paths; a model of that name could not be reached. */
const reserved: ReadonlySet<string> = new Set([
  'stats',
  'information',
  'models',
  'api',
  'updatemodelhosts',
]);

/** True for a name that a model can have: as stored, that is without `.onnx` at its end. */
export function isModelName(name: string): boolean {
  return nameGrammar.test(name) && !name.endsWith('.onnx') && !reserved.has(name);
}

/** True for the number of a version as it is written in paths: decimal, from 1, no leading zero. */
export function isVersionNumber(text: string): boolean {
  return numberGrammar.test(text);
}

/** A label as a caller wrote it. Throws invalid_name. */
export function parseLabel(text: string): string {
  if (labelGrammar.test(text)) return text;
  throw new ShoalError(
    'invalid_name',
    `A label has 1 to 64 letters, digits, dots, underscores and hyphens and starts with a letter; ` +
      `got ${quoted(text)}.`,
  );
}

/** A version's number as a caller wrote it. Throws invalid_name. */
export function parseVersionNumber(text: string): number {
  if (isVersionNumber(text)) return Number(text);
  throw new ShoalError('invalid_name', `A version is a number from 1; got ${quoted(text)}.`);
}

/** A model's name from what a caller wrote, `.onnx` at its end stripped. Throws invalid_name. */
export function parseModelName(text: string): string {
  const name = text.replace(/(?:\.onnx)+$/, '');
  if (reserved.has(name)) {
    throw new ShoalError('invalid_name', `The model name ${quoted(text)} is a reserved word.`);
  }
  if (nameGrammar.test(name)) return name;
  throw new ShoalError(
    'invalid_name',
    `A model name has 1 to 128 letters, digits, dots, underscores and hyphens and starts with a ` +
      `letter or digit; got ${quoted(text)}.`,
  );
}

/** Reads `iris`, `iris.onnx`, `iris:2`, `iris.onnx:2` or `iris:stable`. Throws invalid_name. */
export function parseModelReference(text: string): ModelReference {
  const colon = text.indexOf(':');
  if (colon < 0) return { model: parseModelName(text), version: '' };
  const version = text.slice(colon + 1);
  if (!versionGrammar.test(version)) {
    throw new ShoalError(
      'invalid_name',
      `Behind the colon of a model name stands a version number from 1 or a label; got ` +
        `${quoted(version)}.`,
    );
  }
  return { model: parseModelName(text.slice(0, colon)), version };
}

/**
 * As `parseModelReference`, for calls that have a place of their own for the version: '' where they leave
 * it empty. Throws invalid_name, also where both say one.
 */
export function parseModelAndVersion(text: string, version: string): ModelReference {
  if (!text.includes(':')) return { model: parseModelName(text), version };
  const reference = parseModelReference(text);
  if (version === '') return reference;
  throw new ShoalError(
    'invalid_name',
    `The version stands behind the colon of the model name or in its own place; got ` +
      `${quoted(text)} and ${quoted(version)}.`,
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 140 ? `${text.slice(0, 140)}...` : text);
}
