import { ShoalError } from '../core/errors';
import { oneOf, setting } from '../core/settings';
import type { ModelControl } from '../protocol/control/model-control';

/** How far clients of the protocol may load and unload; the same on inferrer and modelhost. */
export const modelControlSettings = {
  MODEL_CONTROL: setting(
    oneOf(['off', 'load', 'override']),
    'off',
    'Whether clients may load and unload models at /v2/repository: load: yes; override: also with a configuration and files in the call.',
  ),
};

export type ModelControlMode = 'off' | 'load' | 'override';

/**
 * The control within what the operator allows; what a load fails with begins with the words that
 * Triton's clients look for. Throws unsupported beyond that.
 */
export function allowedControl(mode: ModelControlMode, control: ModelControl): ModelControl {
  return {
    async load(model, override, id) {
      if (mode === 'off') throw switchedOff();
      if (override !== null && mode !== 'override') throw noOverride();
      try {
        await control.load(model, override, id);
      } catch (error) {
        throw error instanceof ShoalError ? failedLoad(model, error) : error;
      }
    },
    async unload(model, id) {
      if (mode === 'off') throw switchedOff();
      await control.unload(model, id);
    },
  };
}

function failedLoad(model: string, { code, message, details }: ShoalError): ShoalError {
  return new ShoalError(code, `failed to load '${model}': ${message}`, details);
}

function switchedOff(): ShoalError {
  return new ShoalError(
    'unsupported',
    'explicit model load / unload is not allowed: the operator has not set MODEL_CONTROL.',
  );
}

function noOverride(): ShoalError {
  return new ShoalError(
    'unsupported',
    "a load with 'config' or files is not allowed: MODEL_CONTROL is 'load' and not 'override'.",
  );
}

/** A call's JSON beside the files that it brings. */
const restBytes = 1024 * 1024;
/** The longest text that V8 can hold, roundly. */
const longestText = 500_000_000;

/** Longest body of clients' load calls, where they may bring files; else it is that of all calls. */
export function loadLimit({
  MODEL_CONTROL,
  UPLOAD_MAX_BYTES,
}: {
  readonly MODEL_CONTROL: ModelControlMode;
  readonly UPLOAD_MAX_BYTES: number;
}): { readonly loadBodyBytes?: number } {
  return MODEL_CONTROL === 'override' ? { loadBodyBytes: loadBodyBytes(UPLOAD_MAX_BYTES) } : {};
}

/** Longest body of a load call: its files are base64 in JSON. */
export function loadBodyBytes(uploadMaxBytes: number): number {
  return Math.min(longestText, Math.ceil(uploadMaxBytes / 3) * 4 + restBytes);
}
