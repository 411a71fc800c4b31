import type { Datatype } from '../datatype';

/** Triton's name of a datatype; strings are BYTES on the wire and TYPE_STRING here. */
export type ConfigDatatype = `TYPE_${Exclude<Datatype, 'BYTES'>}` | 'TYPE_STRING';

export function configDatatype(datatype: Datatype): ConfigDatatype {
  return datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`;
}

/** A version policy in Triton's field names; it has one of the three. */
export interface VersionPolicyJson {
  readonly latest?: { readonly num_versions: number };
  readonly all?: Readonly<Record<string, never>>;
  readonly specific?: { readonly versions: readonly number[] };
}

export const instanceKinds = ['KIND_AUTO', 'KIND_GPU', 'KIND_CPU', 'KIND_MODEL'] as const;

/** Copies of a model as Triton's configuration asks for them; here runners are shared out by cores. */
export interface StatedInstances {
  readonly name: string;
  readonly kind: (typeof instanceKinds)[number];
  readonly count: number;
}

/** Runs before a version is ready, in Triton's field names. */
export interface StatedWarmUp {
  readonly name: string;
  readonly batch_size: number;
  readonly inputs: Readonly<Record<string, StatedWarmUpInput>>;
  readonly count: number;
}

/** It has one of the two. */
export interface StatedWarmUpInput {
  readonly data_type: ConfigDatatype;
  readonly dims: readonly number[];
  readonly zero_data?: true;
  readonly random_data?: true;
}

/**
 * What the operator's configuration says that requests need not know of, for clients that ask for
 * the configuration. What is absent was not said.
 */
export interface StatedConfig {
  readonly versionPolicy?: VersionPolicyJson;
  readonly defaultModelFilename?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly metricTags?: Readonly<Record<string, string>>;
  readonly instanceGroup?: readonly StatedInstances[];
  readonly warmUps?: readonly StatedWarmUp[];
}
