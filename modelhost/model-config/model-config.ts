import type { StatedConfig } from '../../protocol/control/stated-config';
import type { Caching, ImageInput } from '../../protocol/catalog';
import type { Datatype } from '../../protocol/datatype';
import type { Placement } from '../../protocol/placement';
import type { ModelRates } from '../../protocol/rate';

/** Which of a model's versions are loaded; the default and labelled ones always are. */
export type VersionPolicy =
  | { readonly kind: 'all' }
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'specific'; readonly versions: readonly number[] };

/** What a configuration claims of an input or output. */
export interface ConfiguredTensor {
  readonly name: string;
  /** null where the configuration does not say. */
  readonly datatype: Datatype | null;
  /** Without the batch dimension if max_batch_size is 1 or more; -1 is a free size. */
  readonly dims: readonly number[] | null;
}

/** What a configuration claims of an output. */
export interface ConfiguredOutput extends ConfiguredTensor {
  /** File in the model's directory with a line for each class; null where there is none. */
  readonly labelFilename: string | null;
}

/** An answer that stands in the configuration, for one row where outputs have rows. */
export interface ConfiguredAnswer {
  /** Milliseconds from a request to this answer; null: only in place of an error. */
  readonly afterMs: number | null;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: Datatype;
    readonly shape: readonly number[];
    readonly data: readonly (number | string | boolean)[];
  }[];
}

/** Runs that shall have been before a version counts as ready. */
export interface ConfiguredWarmUp {
  /** '' where it has none. */
  readonly name: string;
  readonly batchSize: number;
  readonly count: number;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: Datatype;
    readonly dims: readonly number[];
    readonly values: 'zero' | 'random';
  }[];
}

/** What a configuration says of things that have no effect here, and clients are told. */
export type StatedFields = Pick<StatedConfig, 'parameters' | 'metricTags' | 'instanceGroup'>;

/** A model's configuration, from config.json, config.pbtxt or nothing at all. */
export interface ModelConfig {
  /** Most rows of one run; 0 forbids batching; null leaves it to the server. */
  readonly maxBatchSize: number | null;
  /** Rows of runs that are to be warm. */
  readonly preferredRows: readonly number[];
  readonly maxQueueDelayUs: number;
  readonly inputs: readonly ConfiguredTensor[];
  readonly outputs: readonly ConfiguredOutput[];
  readonly versionPolicy: VersionPolicy;
  readonly defaultModelFilename: string;
  readonly image: ImageInput | null;
  /** Longest time of one request; null means the server's own limit. */
  readonly timeoutMs: number | null;
  /** Time of a request that does not say how long it waits; null means the longest. */
  readonly defaultTimeoutMs: number | null;
  /** What is answered in place of an error or a late answer; null where nothing is. */
  readonly defaultAnswer: ConfiguredAnswer | null;
  /** Longest time of one run, after which its runner is killed; null means the server's limit. */
  readonly maxRunMs: number | null;
  /** Limits of requests; null where the server's count. */
  readonly rates: ModelRates | null;
  /** `own` is a runner that holds nothing else; `shared` and `own` overrule what the probe found. */
  readonly runner: 'measured' | 'shared' | 'own';
  readonly description: string;
  /** So many versions stay, from the default backwards; null for all. */
  readonly keepVersions: number | null;
  /** `allow` and `refuse` overrule what the probe found out. */
  readonly batching: 'measured' | 'allow' | 'refuse';
  /** Runs are filled up to the rows that the model's file fixes. */
  readonly padding: boolean;
  /** How answers are kept; null where they are not. */
  readonly cache: Caching | null;
  /** What is run before a version is ready; without any it is the example input, in the rows that are named. */
  readonly warmUps: readonly ConfiguredWarmUp[];
  /** Which modelhosts are to have it; null for all. */
  readonly placement: Placement | null;
  /** It is in memory before others and never leaves for their sake. */
  readonly pinned: boolean;
  /** It leaves memory when nobody has asked for it for a while. */
  readonly mayLeave: boolean;
  /** How long that is, in milliseconds; null means the server's own time. */
  readonly idleMs: number | null;
  /** What has no effect here and is told to clients that ask for the configuration. */
  readonly stated: StatedFields;
  /** Fields that are not known or not used, as paths; for warnings. */
  readonly unknownFields: readonly string[];
}

/** The configuration of a model that has none. */
export const emptyConfig: ModelConfig = {
  maxBatchSize: null,
  preferredRows: [],
  maxQueueDelayUs: 0,
  inputs: [],
  outputs: [],
  versionPolicy: { kind: 'all' },
  defaultModelFilename: 'model.onnx',
  image: null,
  timeoutMs: null,
  defaultTimeoutMs: null,
  defaultAnswer: null,
  maxRunMs: null,
  rates: null,
  runner: 'measured',
  description: '',
  keepVersions: null,
  batching: 'measured',
  padding: false,
  cache: null,
  warmUps: [],
  placement: null,
  pinned: false,
  mayLeave: false,
  idleMs: null,
  stated: {},
  unknownFields: [],
};
