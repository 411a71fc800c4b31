/** One of the versions that requests for a model without a version are spread over. */
export interface Variant {
  readonly version: number;
  /** Its share is this of the sum of all weights; 0 gets nothing. */
  readonly weight: number;
}

/** Who answers requests for a model without a version, where that is not the default alone. */
export interface Traffic {
  /** Of different versions, not all of weight 0; none: the default alone answers. */
  readonly variants: readonly Variant[];
  /** Requests with the same value of this header, in lower case, are answered by the same version. */
  readonly sticky?: { readonly header: string } | undefined;
  /** A version that gets copies of requests, and whose answers nobody gets. */
  readonly shadow?: Shadow | undefined;
}

export interface Shadow {
  readonly version: number;
  /** Share of the requests that are copied, above 0 and at most 1. */
  readonly share: number;
}

/** Versions that take part, those of weight 0 too. */
export function versionsIn({ variants, shadow }: Traffic): number[] {
  const versions = variants.map(({ version }) => version);
  return shadow === undefined ? versions : [...new Set([...versions, shadow.version])];
}
