import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import { ShoalError } from '../../../core/errors';
import { isServed, type Catalog, type Servable } from '../../catalog';
import { metadataShape, modelConfig, platformOf } from '../../control/model-config';
import type { TensorSpec } from '../../signature';
import type { GrpcCall, UnaryMethod } from '../call';
import { GRPCInferenceService as service } from '../generated/inference_pb';
import { ModelConfigSchema } from '../generated/model-config_pb';
import { askedModel } from '../infer/read-request';
import { typedMethod } from './typed-method';

interface Asked {
  readonly name: string;
  readonly version: string;
}

/** What is known of models: whether they answer, their inputs and outputs, their configuration. */
export function modelMethods(catalog: Catalog): UnaryMethod[] {
  const { modelReady, modelMetadata, modelConfig: config } = service.method;
  return [
    typedMethod(modelReady, { method: 'GET', path: '/v2/models/m/ready' }, (asked, call) => ({
      ready: isReady(catalog, asked, call),
    })),
    typedMethod(modelMetadata, { method: 'GET', path: '/v2/models/m' }, (asked, call) =>
      metadata(catalog, servableOf(catalog, asked, call)),
    ),
    typedMethod(config, { method: 'GET', path: '/v2/models/m/config' }, (asked, call) => ({
      config: fromJson(ModelConfigSchema, configOf(catalog, servableOf(catalog, asked, call)), {
        ignoreUnknownFields: true,
      }),
    })),
  ];
}

/** A model that is not there, or not yet, is not ready; that is no error here, as with Triton. */
function isReady(catalog: Catalog, asked: Asked, call: GrpcCall): boolean {
  try {
    servableOf(catalog, asked, call);
    return true;
  } catch (error) {
    const { code } = error instanceof ShoalError ? error : { code: undefined };
    if (code === 'unknown_model' || code === 'unknown_version') return false;
    if (code === 'model_not_ready' || code === 'no_host' || code === 'quarantined') return false;
    throw error;
  }
}

function servableOf(catalog: Catalog, { name, version: number }: Asked, call: GrpcCall): Servable {
  const { model, version } = askedModel({ model: name, version: number });
  call.notes.model = model;
  call.notes.version = version;
  return catalog.resolve(model, version);
}

/** Inputs and outputs that no datatype describes are left out; they cannot be asked for. */
function metadata(catalog: Catalog, { model, version: number, signature }: Servable) {
  const { versions } = catalog.model(model);
  const ready = versions.filter(isServed);
  return {
    name: model,
    versions: ready.map(({ version }) => String(version)),
    platform: platformOf(versions.find(({ version }) => version === number)),
    inputs: signature.inputs.flatMap(described),
    outputs: signature.outputs.flatMap(described),
  };
}

function described({ name, datatype, shape }: TensorSpec) {
  if (datatype === null) return [];
  return [{ name, datatype, shape: metadataShape(shape).map(BigInt) }];
}

function configOf(catalog: Catalog, { model, version }: Servable): JsonObject {
  const entry = catalog.model(model).versions.find((other) => other.version === version);
  if (entry === undefined) {
    throw new ShoalError('unknown_version', `model '${model}' has no version ${version} any more`);
  }
  return modelConfig({ name: model }, entry) as unknown as JsonObject;
}
