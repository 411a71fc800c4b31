import type { ErrorCode } from '../../core/errors';

/** Where a model or one of its versions is named. */
export const naming: readonly ErrorCode[] = ['invalid_name', 'unknown_model', 'unknown_version'];

/** Where one of them has to be able to answer. */
export const resolving: readonly ErrorCode[] = [
  ...naming,
  'model_not_ready',
  'quarantined',
  'no_host',
  'not_ready',
];

/** Where a model is run. */
export const inferring: readonly ErrorCode[] = [
  ...resolving,
  'invalid_request',
  'run_failed',
  'unsupported_value',
  'unrepresentable_output',
  'request_quarantined',
  'rate_limited',
  'overloaded',
  'host_lost',
  'deadline_exceeded',
  'insufficient_memory',
];

/** Where models of the repository are changed, on one host. */
export const changing: readonly ErrorCode[] = [
  ...naming,
  'invalid_request',
  'conflict',
  'model_not_ready',
  'model_rejected',
  'not_ready',
  'deadline_exceeded',
  'insufficient_memory',
  'insufficient_storage',
  'storage_unavailable',
];

/** The same through the inferrer, on all of them. */
export const changingAll: readonly ErrorCode[] = [
  ...changing,
  'host_check_failed',
  'host_lost',
  'no_host',
  'overloaded',
];
