import { ShoalError } from '../core/errors';
import { parseModelName } from '../protocol/model-name';
import { namedVersions, type ModelState } from './repository/model-state';

const maxDescription = 10_000;

/** A version that requests reach by a name is not deleted by itself. */
export function refuseNamed(state: ModelState, model: string, version: number): void {
  if (state.default === version) {
    throw new ShoalError(
      'conflict',
      `Version ${version} is the default of '${model}'. Make another one the default first, or ` +
        `delete the whole model.`,
    );
  }
  if (namedVersions({ ...state, labels: {} }).includes(version)) {
    throw new ShoalError(
      'conflict',
      `Version ${version} is a variant of '${model}'. End that first ` +
        `(DELETE /api/v1/models/${model}/${state.canary?.state === 'stepping' ? 'canary' : 'variants'}), ` +
        `or delete the whole model.`,
    );
  }
  const labels = Object.keys(state.labels).filter((label) => state.labels[label] === version);
  if (labels.length === 0) return;
  throw new ShoalError(
    'conflict',
    `Version ${version} of '${model}' has the label ${labels.join(', ')}. Move or delete it first, ` +
      `or delete the whole model.`,
  );
}

/** For the log: nobody is there to be answered. */
export function callerGone(): ShoalError {
  return new ShoalError('client_closed', 'The caller has gone before the upload was done.');
}

export function cannotBeServed(model: string, version: number, reason: string): ShoalError {
  return new ShoalError(
    'model_rejected',
    `Version ${version} of '${model}' cannot be served: ${reason}`,
  );
}

export function notSelected(model: string, version: number): ShoalError {
  return new ShoalError(
    'conflict',
    `The version_policy of '${model}' does not select version ${version}, so it is not loaded. Make it the ` +
      'default, give it a label, or upload a version with another version_policy.',
  );
}

export function unloadedMeanwhile(model: string): ShoalError {
  return new ShoalError('conflict', `The model '${model}' was unloaded while it was being loaded.`);
}

/** A refusal that names its model: one of its content does not know what it is to be. */
export function naming(model: string, error: unknown): unknown {
  if (!(error instanceof ShoalError) || error.message.includes(`'${model}'`)) return error;
  return new ShoalError(error.code, `Model '${model}': ${error.message}`, error.details);
}

/** The reason for which what lies there cannot be served, with what it is about. */
export function ofVersion(model: string, version: number, reason: string): string {
  return reason.includes(`'${model}'`) ? reason : `Version ${version} of '${model}': ${reason}`;
}

/** Names are cleaned where they come in; this is the net below. */
export function checkName(model: string): void {
  if (parseModelName(model) === model) return;
  throw new ShoalError(
    'invalid_name',
    `A stored model name does not end in '.onnx'; got '${model}'.`,
  );
}

export function checkDescription(description: string): void {
  if (description.length <= maxDescription) return;
  throw new ShoalError(
    'invalid_request',
    `model_description: wanted at most ${maxDescription} characters, got ${description.length}.`,
  );
}

export function unknownModel(model: string): ShoalError {
  return new ShoalError('unknown_model', `Request for unknown model: '${model}' is not found`);
}

export function unknownVersion(model: string, version: string): ShoalError {
  return new ShoalError(
    'unknown_version',
    `Request for unknown model: '${model}' version ${version} is not found`,
  );
}
