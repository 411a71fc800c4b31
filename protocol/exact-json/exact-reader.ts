import { ShoalError } from '../../core/errors';
import { DecimalNumber, type JsonValue } from './json-value';

/** Arrays and objects may lie inside each other this deep. */
export const maxDepth = 100;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const minus = 0x2d;
const words: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
];
/** Integers of up to this many digits are exact in a double, those of more than 20 fit nowhere. */
const plainDigits = 15;
const longestDigits = 20;

/**
 * Reads JSON without losing what JSON.parse loses: integers beyond 2^53 become bigint (up to 20
 * digits, more is beyond every datatype and becomes a number), whole numbers written as decimals
 * become DecimalNumber. Besides JSON it takes the words NaN, Infinity and -Infinity. Of keys that
 * come twice the last one counts. Throws malformed_body with the position of the fault.
 */
export function readExactJson(text: string): JsonValue {
  return new Reader(text).whole();
}

class Reader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): JsonValue {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) throw this.fault('nothing must follow the JSON value');
    return value;
  }

  private value(): JsonValue {
    this.space();
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b:
        return this.nested('}', () => this.object());
      case 0x5b:
        return this.nested(']', () => this.array());
      case quote:
        return this.string();
      default:
        return this.number();
    }
  }

  private nested<Value>(close: string, read: () => Value): Value {
    if (++this.depth > maxDepth) throw this.fault(`more than ${maxDepth} levels of nesting`);
    this.at++;
    const value = read();
    if (this.text[this.at] !== close) throw this.fault(`',' or '${close}' is wanted`);
    this.at++;
    this.depth--;
    return value;
  }

  private array(): JsonValue[] {
    const list: JsonValue[] = [];
    this.space();
    if (this.text[this.at] === ']') return list;
    for (;;) {
      list.push(this.value());
      this.space();
      if (this.text.charCodeAt(this.at) !== comma) return list;
      this.at++;
    }
  }

  private object(): JsonValue {
    const object: Record<string, JsonValue> = {};
    this.space();
    if (this.text[this.at] === '}') return object;
    for (;;) {
      this.space();
      if (this.text.charCodeAt(this.at) !== quote) throw this.fault('a name in quotes is wanted');
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ':') throw this.fault("':' is wanted");
      this.at++;
      assign(object, key, this.value());
      this.space();
      if (this.text.charCodeAt(this.at) !== comma) return object;
      this.at++;
    }
  }

  private string(): string {
    const { text } = this;
    const start = this.at++;
    let escaped = false;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === quote) break;
      if (!(code >= 0x20)) throw this.fault('the string does not end');
      if (code === backslash) {
        escaped = true;
        this.at++;
      }
      this.at++;
    }
    this.at++;
    return escaped ? this.unescaped(start) : text.slice(start + 1, this.at - 1);
  }

  private unescaped(start: number): string {
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      this.at = start;
      throw this.fault('the string has a wrong escape');
    }
  }

  private number(): JsonValue {
    const start = this.at;
    if (this.text.charCodeAt(this.at) === minus) this.at++;
    const first = this.at;
    this.digits();
    const digits = this.at - first;
    if (digits === 0) return this.word(start);
    if (digits > 1 && this.text[first] === '0') {
      this.at = first + 1;
      throw this.fault('a number must not begin with 0');
    }
    if (this.decimals()) return decimal(Number(this.text.slice(start, this.at)));
    const token = this.text.slice(start, this.at);
    const value = Number(token);
    if (digits <= plainDigits || digits > longestDigits || Number.isSafeInteger(value)) {
      return value;
    }
    return BigInt(token);
  }

  /** Reads a fraction and an exponent; false if there is neither. */
  private decimals(): boolean {
    const start = this.at;
    if (this.text[this.at] === '.') {
      this.at++;
      this.someDigits();
    }
    if (this.text[this.at] === 'e' || this.text[this.at] === 'E') {
      this.at++;
      if (this.text[this.at] === '+' || this.text[this.at] === '-') this.at++;
      this.someDigits();
    }
    return this.at > start;
  }

  private someDigits(): void {
    const start = this.at;
    this.digits();
    if (this.at === start) throw this.fault('a digit is wanted');
  }

  private digits(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (!(code >= 0x30 && code <= 0x39)) return;
      this.at++;
    }
  }

  private word(start: number): JsonValue {
    for (const [word, value] of words) {
      if (!this.text.startsWith(word, start)) continue;
      this.at = start + word.length;
      return value;
    }
    throw this.fault('a value is wanted');
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private fault(what: string): ShoalError {
    const before = this.text.slice(0, this.at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : 'the end';
    return new ShoalError(
      'malformed_body',
      `failed to parse the request JSON buffer: ${what}, found ${found} at ${this.at}` +
        ` (line ${before.length}, column ${column})`,
    );
  }
}

function decimal(value: number): JsonValue {
  return Number.isInteger(value) ? new DecimalNumber(value) : value;
}

/** Own properties only: a key `__proto__` is a name like any other. */
function assign(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key !== '__proto__') {
    object[key] = value;
    return;
  }
  Object.defineProperty(object, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
