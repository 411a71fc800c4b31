import type { ModelEntry, Servable, VersionEntry } from '../protocol/catalog';

/** The servable that a host's words about a version describe. */
export function servableOf(entry: ModelEntry, version: VersionEntry): Servable {
  return {
    model: entry.name,
    version: version.version,
    generation: entry.generation,
    signature: version.signature,
    batching: version.batching,
    image: version.image,
    timeoutMs: version.timeoutMs,
    defaultTimeoutMs: version.defaultTimeoutMs ?? version.timeoutMs,
    defaultAnswer: version.defaultAnswer ?? null,
    rates: version.rates ?? null,
    ...(version.cache === undefined ? {} : { cache: { ...version.cache, sha256: version.sha256 } }),
    ...(version.classLabels === undefined ? {} : { classLabels: version.classLabels }),
    ...trafficOf(entry, version.version),
  };
}

/** The default version tells who answers for it. */
function trafficOf({ traffic, defaultVersion }: ModelEntry, version: number) {
  return traffic === undefined || version !== defaultVersion ? {} : { traffic };
}

/** The version that a request means by this number, label or ''; NaN where that is none of them. */
export function versionMeant({ defaultVersion, labels }: ModelEntry, version: string): number {
  if (version === '') return defaultVersion;
  return Object.hasOwn(labels, version) ? (labels[version] ?? 0) : Number(version);
}
