import type { ClassLabels } from '../../protocol/catalog';
import type { UploadStep } from '../../protocol/cluster/upload-step';
import type { Signature } from '../../protocol/signature';
import type { ModelConfig } from '../model-config/model-config';
import type { ProbeReport } from '../probe/probe-report';

/** What a model file says of itself, as far as clients are told. */
export interface StoredFacts {
  readonly signature: Signature;
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly docString: string;
  readonly irVersion: number;
}

/** What the check of a model found out; it holds for ever, as versions do not change. */
export interface CheckedModel {
  readonly facts: StoredFacts;
  readonly probe: ProbeReport;
  /** Files beside the model that it takes tensors from, by their path; absent where there are none. */
  readonly externalFiles?: readonly string[];
}

/** Of whom it is for. */
export interface AlsoChecking {
  /** Runs of so many rows are measured. */
  readonly sizes?: readonly number[];
  /** Told of each step that is done. */
  readonly tell?: ((step: UploadStep) => void) | undefined;
  /** Aborted when the caller has gone: then it is not tried any more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads, checks and probes a model file. Throws model_rejected with the reason, and overloaded or
 * client_closed where it is for a caller and does not get its turn to be tried.
 */
export type CheckModel = (
  file: string,
  config: ModelConfig,
  also?: AlsoChecking,
) => Promise<CheckedModel>;

/** A file beside the model file, named from the version's directory with slashes. */
export interface Companion {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The content of a version's `meta.json`. A directory without it is no version yet. */
export interface VersionMeta extends Pick<CheckedModel, 'facts' | 'probe'> {
  readonly format: 1;
  /** Name of the model file beside it. */
  readonly file: string;
  /** Of the model file. */
  readonly sha256: string;
  readonly bytes: number;
  /** Further files of the version, with external data and labels; absent where there are none. */
  readonly companions?: readonly Companion[] | undefined;
  /** What the classes of outputs are called; absent where nothing says it. */
  readonly classLabels?: ClassLabels | undefined;
  /** Equal for configurations that mean the same. */
  readonly configDigest: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Unlike that of another version of the same number. */
export function versionKey({ sha256, createdAt }: VersionMeta): string {
  return `${sha256} ${createdAt}`;
}
