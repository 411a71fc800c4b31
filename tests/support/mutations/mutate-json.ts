import { pick, type Dice } from '../faults/dice';

/** JSON text where a random value, or a member's name, is another one; lists may nest deeper. */
export function changedJson(dice: Dice, text: string): string {
  const value = JSON.parse(text) as unknown;
  const places = placesIn(value);
  if (places.length === 0) return pick(dice, values);
  const { holder, key } = pick(dice, places);
  // JSON.stringify writes the mark as a text; it is replaced by text that it could not write.
  const mark = '@changed@';
  const before = JSON.stringify(holder[key]);
  holder[key] = mark;
  const after = JSON.stringify(value);
  const quoted = JSON.stringify(mark);
  if (dice() < 0.2) {
    const name = `${JSON.stringify(String(key))}:${quoted}`;
    return after.replace(name, () => pick(dice, memberChanges)(String(key), before));
  }
  return after.replace(quoted, () => changedValue(dice, before));
}

interface Place {
  readonly holder: Record<string | number, unknown>;
  readonly key: string | number;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string | number, unknown>;
  const keys: (string | number)[] = Array.isArray(value)
    ? Array.from(value.slice(0, 4), (_, index) => index)
    : Object.keys(value);
  return keys.flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

const values = [
  ...['null', 'true', 'false', '0', '-1', '-0', '1.5', '1e400', '-1e-400', '2147483648', '""'],
  ...[
    '9007199254740993',
    '18446744073709551616',
    '-9223372036854775809',
    '"\\ud800"',
    '"a\\u0000b"',
  ],
  ...['[]', '{}', '[[]]', '{"data":[1]}', '[null]', 'NaN', '-Infinity', '1e', '01', '"__proto__"'],
  ...[JSON.stringify('x'.repeat(5000)), '['.repeat(200) + ']'.repeat(200), '[1,[2,[3]]]', '[-1,4]'],
  ...['[2147483648,2147483648,4]', '[1e9]', '{"__proto__":{"data":[1]}}', '"é"', '{"b64":"AA=="}'],
  ...['["X"]', '[1,16,1]', '[0]', '"FP16"', '"BYTES"', '"BOOL"', '"UINT64"', '"FP32"', '[1,4]'],
];

function changedValue(dice: Dice, before: string): string {
  const roll = dice();
  if (roll < 0.7) return pick(dice, values);
  if (roll < 0.8) return `[${before}]`;
  if (roll < 0.9) return `[${before},${before}]`;
  return `"${before.replaceAll('"', '').slice(0, 20)}"`;
}

/** In place of a member: gone, twice, of another name. */
const memberChanges: readonly ((name: string, value: string) => string)[] = [
  () => '"other":1',
  (name, value) => `"${name}":${value},"${name}":null`,
  (name, value) => `"${name} ":${value}`,
  (name, value) => `"__proto__":${value},"constructor":"${name}"`,
];
