import type { ClassLabels } from '../../protocol/catalog';
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
}

/** Reads, checks and probes a model file. Throws model_rejected with the reason. */
export type CheckModel = (file: string, config: ModelConfig) => Promise<CheckedModel>;

/** The content of a version's `meta.json`. A directory without it is no version yet. */
export interface VersionMeta extends CheckedModel {
  readonly format: 1;
  /** Name of the model file beside it. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** What the classes of outputs are called; absent where nothing says it. */
  readonly classLabels?: ClassLabels | undefined;
  /** Equal for configurations that mean the same. */
  readonly configDigest: string;
  /** ISO 8601. */
  readonly createdAt: string;
}
