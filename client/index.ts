/** The typed client, for Node and browsers: what applications import. */
export { createClient } from './shoal-client.js';
export type { ClientOptions, InferOptions, ShoalClient } from './shoal-client.js';
export type { CallOptions } from './call.js';
export type { InferAnswer } from './infer-answer.js';
export type { InferTerms } from './infer-body.js';
export type { Canaries, CanaryPlan, CanaryState } from './canary.js';
export type { HostLine } from './host-line.js';
export type { Labels } from './labels.js';
export type {
  IndexEntry,
  ModelInformation,
  Models,
  TensorInformation,
  Uploaded,
  UploadOptions,
} from './models.js';
export type { Retries } from './retries.js';
export type { Traffic, Variants } from './variants.js';
export { ServerError } from './server-error.js';
export type { DataOf, Datatype, Input, Tensor, TensorData } from './tensor.js';
