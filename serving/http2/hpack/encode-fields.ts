import { staticFields } from './static-table';

/** The index of the first entry with this name, and of that with this value as well. */
const byName = new Map<string, number>();
const byField = new Map<string, number>();
staticFields.forEach(({ name, value }, at) => {
  if (!byName.has(name)) byName.set(name, at + 1);
  byField.set(`${name}\n${value}`, at + 1);
});

/**
 * A block of headers or trailers, values taken as latin1. It uses the static table only and changes
 * no table (RFC 7541, 6.1 and 6.2.2), so that one block does for all connections and for ever.
 */
export function encodeFields(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const bytes: number[] = [];
  for (const [name, value] of fields) encodeField(bytes, name, value);
  return Buffer.from(bytes);
}

function encodeField(bytes: number[], name: string, value: string): void {
  const whole = value === '' ? undefined : byField.get(`${name}\n${value}`);
  if (whole !== undefined) {
    encodeInteger(bytes, { flags: 0x80, prefixBits: 7, value: whole });
    return;
  }
  const known = byName.get(name);
  encodeInteger(bytes, { flags: 0x00, prefixBits: 4, value: known ?? 0 });
  if (known === undefined) encodeString(bytes, name);
  encodeString(bytes, value);
}

function encodeString(bytes: number[], text: string): void {
  encodeInteger(bytes, { flags: 0x00, prefixBits: 7, value: text.length });
  for (let at = 0; at < text.length; at += 1) bytes.push(text.charCodeAt(at) & 0xff);
}

/** RFC 7541, 5.1. */
function encodeInteger(
  bytes: number[],
  { flags, prefixBits, value }: { flags: number; prefixBits: number; value: number },
): void {
  const most = 2 ** prefixBits - 1;
  if (value < most) {
    bytes.push(flags | value);
    return;
  }
  bytes.push(flags | most);
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
}
