import { ShoalError } from '../../../core/errors';
import type { Catalog } from '../../catalog';
import { loadOverride } from '../../control/load-parameters';
import type { LoadOverride, ModelControl } from '../../control/model-control';
import { repositoryIndex } from '../../control/repository-index';
import { parseModelName } from '../../model-name';
import type { UnaryMethod } from '../call';
import {
  GRPCInferenceService as service,
  type ModelRepositoryParameter,
  type RepositoryModelLoadRequest,
} from '../generated/inference_pb';
import { typedMethod } from './typed-method';

/** The index of the repository, and loading and unloading. */
export function repositoryMethods(catalog: Catalog, control: ModelControl): UnaryMethod[] {
  const { repositoryIndex: index, repositoryModelLoad: load } = service.method;
  const { repositoryModelUnload: unload } = service.method;
  const path = '/v2/repository/models/m';
  return [
    typedMethod(index, { method: 'POST', path: '/v2/repository/index' }, (asked) => {
      onlyRepository(asked.repositoryName);
      return {
        models: repositoryIndex(catalog.models(), asked.ready).map((line) => ({ ...line })),
      };
    }),
    typedMethod(load, { method: 'POST', path: `${path}/load` }, async (asked, call) => {
      const model = modelOf(asked);
      await control.load(model, overrideOf(asked), call.requestId);
      return {};
    }),
    typedMethod(unload, { method: 'POST', path: `${path}/unload` }, async (asked, call) => {
      await control.unload(modelOf(asked), call.requestId);
      return {};
    }),
  ];
}

function modelOf(asked: { readonly repositoryName: string; readonly modelName: string }): string {
  onlyRepository(asked.repositoryName);
  return parseModelName(asked.modelName);
}

function onlyRepository(name: string): void {
  if (name === '') return;
  throw new ShoalError('unsupported', "'repository_name' specification is not supported");
}

/** What the call brings beside the name; null where that is nothing. */
function overrideOf({ parameters }: RepositoryModelLoadRequest): LoadOverride | null {
  const given = Object.entries(parameters).map(([name, { parameterChoice }]) => {
    return [name, valueOf(name, parameterChoice)] as const;
  });
  return loadOverride(new Map(given));
}

function valueOf(
  name: string,
  choice: ModelRepositoryParameter['parameterChoice'],
): string | Buffer {
  if (choice.case === 'stringParam') return choice.value;
  if (choice.case !== 'bytesParam') {
    throw new ShoalError(
      'invalid_request',
      `parameter '${name.slice(0, 200)}' must be a string_param or a bytes_param`,
    );
  }
  const { buffer, byteOffset, byteLength } = choice.value;
  return Buffer.from(buffer, byteOffset, byteLength);
}
