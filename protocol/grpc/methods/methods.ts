import type { ModelControl } from '../../control/model-control';
import type { ServerOptions } from '../../control/server-options';
import type { Statistics } from '../../control/statistics';
import type { GrpcMethod } from '../call';
import { healthMethods } from './health-methods';
import { inferMethod, type InferParts } from './infer-method';
import { modelMethods } from './model-methods';
import { predictMethod } from './predict-method';
import { reflectionMethods } from './reflection-methods';
import { repositoryMethods } from './repository-methods';
import { serverMethods, type ServerParts } from './server-methods';
import { settingsMethods } from './settings-methods';
import { sharedMemoryMethods } from './shared-memory-methods';
import { statisticsMethod } from './statistics-method';
import { streamInferMethod } from './stream-infer-method';

export interface MethodParts extends ServerParts, InferParts {
  readonly statistics: Statistics;
  readonly control: ModelControl;
  readonly options: ServerOptions;
}

/** Everything that can be called over gRPC, by its path. */
export function grpcMethods(parts: MethodParts): ReadonlyMap<string, GrpcMethod> {
  const all: readonly GrpcMethod[] = [
    inferMethod(parts),
    streamInferMethod(parts),
    predictMethod(parts),
    ...serverMethods(parts),
    ...modelMethods(parts.catalog),
    statisticsMethod(parts.statistics),
    ...repositoryMethods(parts.catalog, parts.control),
    ...sharedMemoryMethods(parts.regions),
    ...settingsMethods(parts.options),
    ...healthMethods(parts.ready),
    ...reflectionMethods(),
  ];
  return new Map(all.map((method) => [method.path, method]));
}
