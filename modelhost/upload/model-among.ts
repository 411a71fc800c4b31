import { ShoalError } from '../../core/errors';
import { isVersionNumber } from '../../protocol/model-name';
import { isModelFileName, modelFileName, ortFileName } from '../onnx/model-format';

/** The model's file among those of one directory; undefined where it is not clear which it is. */
export function modelAmong(
  names: readonly string[],
  configured: string = modelFileName,
): string | undefined {
  const usual = [configured, modelFileName, ortFileName];
  const named = usual.find((name) => names.includes(name));
  if (named !== undefined) return named;
  // What was converted may lie beside what it was made from.
  const onnx = names.filter((name) => /\.onnx$/i.test(name));
  const [only, ...more] = onnx.length > 0 ? onnx : names.filter(isModelFileName);
  return more.length === 0 ? only : undefined;
}

/** The two directories of one version: its own, and that of the model, which may be the same. */
export interface VersionPlace {
  /** Empty, or ending in a slash. */
  readonly version: string;
  readonly model: string;
}

/**
 * Where the one version of an archive lies: its files at the top or in a numbered directory, and
 * either of that in one directory around. Throws model_rejected where there is none, or several.
 */
export function placeOfVersion(names: readonly string[]): VersionPlace {
  const models = names.filter(isModelFile);
  const found = placesIn(models, '');
  const around = directoryAround(models);
  const places = found.length === 0 && around !== '' ? placesIn(models, around) : found;
  const [place, other] = places;
  if (place !== undefined && other === undefined) return place;
  throw new ShoalError(
    'model_rejected',
    place === undefined
      ? `The archive has no ONNX model: wanted is model.onnx, 1/model.onnx or <name>/1/model.onnx, or the same with .ort${butHas(models)}.`
      : `The archive has several models, and an upload is one version: ${listed(models)}.`,
  );
}

/** Packers of some systems add files of their own, which begin with a dot. */
function isModelFile(name: string): boolean {
  const steps = name.split('/');
  return (
    isModelFileName(name) && !steps.some((step) => step.startsWith('.') || step === '__MACOSX')
  );
}

function placesIn(models: readonly string[], model: string): VersionPlace[] {
  const directories = models
    .filter((name) => name.startsWith(model))
    .map((name) => name.slice(model.length).split('/').slice(0, -1).join('/'))
    .filter((directory) => directory === '' || isVersionNumber(directory));
  return [...new Set(directories)].map((directory) => ({
    version: directory === '' ? model : `${model}${directory}/`,
    model,
  }));
}

/** The first directory, where all models are in it. */
function directoryAround(models: readonly string[]): string {
  const [first = ''] = models;
  const directory = first.slice(0, first.indexOf('/') + 1);
  return models.every((name) => name.startsWith(directory)) ? directory : '';
}

function butHas(models: readonly string[]): string {
  return models.length === 0 ? '' : `, there is ${listed(models)}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 100)));
  return names.length > 5 ? `${shown.join(', ')} and others` : shown.join(', ');
}
