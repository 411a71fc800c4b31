/**
 * What inferrers tell each other of what they have counted, `GET /cluster/statistics`: by life of
 * an inferrer, by model and version, by counter. Numbers are texts, as they have 64 bits.
 */
export type LedgerJson = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

type LedgerMap = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, bigint>>>;

export function ledgerJson(ledger: LedgerMap): LedgerJson {
  return objectOf(ledger, (sheet) =>
    objectOf(sheet, (counters) => objectOf(counters, (value) => value.toString())),
  );
}

/** Throws a TypeError or SyntaxError where it is none. */
export function ledgerOf(json: unknown): LedgerMap {
  return mapOf(json, (sheet) => mapOf(sheet, (counters) => mapOf(counters, counterOf)));
}

function counterOf(value: unknown): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  throw new TypeError('a counter is a text of digits');
}

function objectOf<From, To>(
  map: ReadonlyMap<string, From>,
  convert: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries([...map].map(([key, value]) => [key, convert(value)] as const));
}

function mapOf<To>(json: unknown, convert: (value: unknown) => To): Map<string, To> {
  if (typeof json !== 'object' || json === null) throw new TypeError('wanted an object');
  return new Map(Object.entries(json).map(([key, value]) => [key, convert(value)] as const));
}
