/**
 * A whole number that was written with a fraction or an exponent, such as `1.0` or `1e3`.
 * Whoever wants a float takes its value, whoever wants an integer refuses it.
 */
export class DecimalNumber {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/**
 * What JSON can hold. The exact reader returns integers beyond 2^53 as bigint and whole numbers
 * written as decimals as DecimalNumber; JSON.parse never returns either.
 */
export type JsonValue =
  null | boolean | number | bigint | string | DecimalNumber | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof DecimalNumber)
  );
}

/** A JSON value as a number of any writing, or undefined where it is none. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof DecimalNumber ? value.value : undefined;
}

/** The beginning of a value's JSON text, for messages. */
export function shown(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof DecimalNumber) return `${value.value} written as a decimal`;
  if (isJsonArray(value)) return `[${value.slice(0, 8).map(shown).join(',')}${ellipsis(value)}]`;
  if (isJsonObject(value)) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function ellipsis(list: readonly JsonValue[]): string {
  return list.length > 8 ? ',...' : '';
}
