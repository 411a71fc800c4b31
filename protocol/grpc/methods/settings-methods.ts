import { ShoalError } from '../../../core/errors';
import type { LogSettings, ServerOptions, TraceSettings } from '../../control/server-options';
import type { UnaryMethod } from '../call';
import {
  GRPCInferenceService as service,
  type LogSettingsRequest_SettingValue,
} from '../generated/inference_pb';
import { typedMethod } from './typed-method';

/** Trace and log settings: who changes something needs more than who looks. */
export function settingsMethods(options: ServerOptions): UnaryMethod[] {
  const { traceSetting, logSettings } = service.method;
  const trace = '/v2/trace/setting';
  const log = '/v2/logging';
  return [
    typedMethod(traceSetting, { method: 'GET', path: trace }, ({ settings, modelName }, call) => {
      const changes = Object.entries(settings);
      if (changes.length === 0) return { settings: traceOf(options.trace(modelName)) };
      call.mayUse({ method: 'POST', path: trace });
      const wanted = new Map(changes.map(([name, { value }]) => [name, value] as const));
      return { settings: traceOf(options.changeTrace(modelName, wanted)) };
    }),
    typedMethod(logSettings, { method: 'GET', path: log }, ({ settings }, call) => {
      const changes = Object.entries(settings);
      if (changes.length === 0) return { settings: logOf(options.log()) };
      call.mayUse({ method: 'POST', path: log });
      const wanted = new Map(
        changes.map(([name, value]) => [name, logValue(name, value)] as const),
      );
      return { settings: logOf(options.changeLog(wanted)) };
    }),
  ];
}

function traceOf(settings: TraceSettings) {
  return Object.fromEntries([...settings].map(([name, value]) => [name, { value: [...value] }]));
}

function logOf(settings: LogSettings) {
  return Object.fromEntries(
    [...settings].map(([name, value]) => [name, { parameterChoice: choiceOf(value) }]),
  );
}

function choiceOf(value: string | number | boolean) {
  if (typeof value === 'boolean') return { case: 'boolParam', value } as const;
  if (typeof value === 'number') return { case: 'uint32Param', value } as const;
  return { case: 'stringParam', value } as const;
}

function logValue(
  name: string,
  { parameterChoice }: LogSettingsRequest_SettingValue,
): string | number | boolean {
  if (parameterChoice.case !== undefined) return parameterChoice.value;
  throw new ShoalError('invalid_request', `log setting '${name}' must have a value`);
}
