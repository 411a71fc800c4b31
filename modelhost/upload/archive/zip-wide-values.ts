/** Sizes and the place of an entry. */
export interface ZipValues {
  readonly bytes: number;
  readonly packedBytes: number;
  readonly offset: number;
}

const wide = 0xffffffff;
const wideField = 1;

/** Values that do not fit into 32 bits stand in an extra field, in this order. */
export function wideValues(values: ZipValues, extra: Buffer): ZipValues | undefined {
  const found = { ...values };
  const missing = (['bytes', 'packedBytes', 'offset'] as const).filter(
    (name) => values[name] === wide,
  );
  if (missing.length === 0) return found;
  const field = extraField(extra, wideField);
  if (field === undefined || field.length < 8 * missing.length) return undefined;
  for (const [index, name] of missing.entries()) {
    found[name] = Number(field.readBigUInt64LE(8 * index));
    if (!Number.isSafeInteger(found[name])) return undefined;
  }
  return found;
}

function extraField(extra: Buffer, wanted: number): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) return undefined;
    if (extra.readUInt16LE(at) === wanted) return extra.subarray(at + 4, end);
    at = end;
  }
  return undefined;
}
