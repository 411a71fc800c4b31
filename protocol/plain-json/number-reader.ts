import { asciiText } from './ascii';
import { notPlain } from './not-plain';

const minus = 0x2d;
const comma = 0x2c;
const space = 0x20;
const plus = 0x2b;
const dot = 0x2e;
const zero = 0x30;
const exponentMark = 0x65;
const lowerCase = 0x20;

/** Powers of ten up to here are exact in a double, so that one division rounds as it should. */
const exactPower = 22;
const powers = Float64Array.from({ length: 65 }, (_, power) => Number(`1e${power}`));
/** Integers below it are exact in a double. */
const exactMantissa = 2 ** 53;

/**
 * How far the reading of at most 40 digits into a double, and a power of ten that is not exact,
 * can lead away, relatively; ten times as much as they do.
 */
const slack = 1e-13;
const longestDecimal = 40;
/** Characters of a decimal, its point among them, whose digits surely are exact in a double. */
const exactLength = 15;

/** Integers of up to this many digits are exact in a double, those of more than 20 fit nowhere. */
const plainDigits = 15;
const longestDigits = 20;

/** What the last reader has read: lets the readers return a place instead. */
const last = new Float64Array(1);

export function lastRead(): number {
  return last[0] ?? 0;
}

/*
 * All readers begin at `at` and return the place behind the number. They throw `notPlain` where
 * none is or where it is too long for them. What follows is for others to see.
 */

/**
 * Reads a number as JSON.parse does: the double nearest to the decimal. Where only the float32
 * nearest to that is wanted (`single`), the double may be another one with the same float32.
 */
export function readFloat(bytes: Uint8Array, at: number, single: boolean): number {
  const negative = bytes[at] === minus;
  const first = negative ? at + 1 : at;
  let mantissa = 0;
  let end = first;
  let digit = digitAt(bytes, end);
  for (; digit <= 9; digit = digitAt(bytes, ++end)) mantissa = mantissa * 10 + digit;
  const whole = end;
  if (bytes[end] === dot) {
    digit = digitAt(bytes, ++end);
    for (; digit <= 9; digit = digitAt(bytes, ++end)) mantissa = mantissa * 10 + digit;
  }
  checkForm(bytes, first, whole, end);
  const decimals = end === whole ? 0 : end - whole - 1;
  if (isExponent(bytes, end) || !isExact(mantissa, decimals)) {
    return readUnusual(bytes, at, end, { mantissa, decimals, single });
  }
  const size = mantissa / power(decimals);
  last[0] = negative ? -size : size;
  return end;
}

/** The place behind the last number of the run that was read last. */
let end = 0;

export function runEnd(): number {
  return end;
}

/**
 * Reads numbers of a flat list into `out` from `index` on and returns where that ended: behind the
 * last of them, or before one that is not quite usual. The first of them begins at `from`.
 */
export function readFloatRun(
  bytes: Uint8Array,
  from: number,
  out: Float32Array,
  index: number,
): number {
  let first = from;
  for (; first >= 0 && index < out.length; index++) {
    let place = bytes[first] === minus ? first + 1 : first;
    const start = place;
    let mantissa = 0;
    let digit = digitAt(bytes, place);
    for (; digit <= 9; digit = digitAt(bytes, ++place)) mantissa = mantissa * 10 + digit;
    const whole = place;
    if (bytes[place] === dot) {
      digit = digitAt(bytes, ++place);
      for (; digit <= 9; digit = digitAt(bytes, ++place)) mantissa = mantissa * 10 + digit;
    }
    if (isUnusual(bytes, start, whole, place)) break;
    const size = sizeOf(mantissa, place - start, place - whole);
    if (size !== size) break;
    out[index] = start > first ? -size : size;
    end = place;
    first = nextLeaf(bytes, place);
  }
  return index;
}

/** Behind the comma, or -1 where there is none. */
function nextLeaf(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== comma) return -1;
  return bytes[at + 1] === space ? at + 2 : at + 1;
}

function isUnusual(bytes: Uint8Array, first: number, whole: number, place: number): boolean {
  if (whole === first || place === whole + 1) return true;
  return (bytes[first] === zero && whole > first + 1) || isExponent(bytes, place);
}

/** `fraction` counts the digits behind the point, and the point. NaN where it is not certain. */
function sizeOf(mantissa: number, length: number, fraction: number): number {
  const decimals = fraction === 0 ? 0 : fraction - 1;
  return length <= exactLength ? mantissa / power(decimals) : nearly(mantissa, -decimals, length);
}

/** Reads an integer without fraction and exponent; NaN where it has more than 15 digits. */
export function readInteger(bytes: Uint8Array, at: number): number {
  const negative = bytes[at] === minus;
  const first = negative ? at + 1 : at;
  let size = 0;
  let end = first;
  let digit = digitAt(bytes, end);
  for (; digit <= 9; digit = digitAt(bytes, ++end)) size = size * 10 + digit;
  checkForm(bytes, first, end, end);
  if (end - first > plainDigits) size = NaN;
  last[0] = negative ? -size : size;
  return end;
}

/** An integer of up to 20 digits, from its place to the one behind it. */
export function longInteger(bytes: Uint8Array, from: number, to: number): bigint {
  if (to - from > longestDigits + 1) throw notPlain;
  return BigInt(asciiText(bytes, from, to));
}

/** 0 to 9, or more where there is no digit. */
function digitAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) - zero) >>> 0;
}

/** There must be digits before the point, no 0 before others, and digits behind a point. */
function checkForm(bytes: Uint8Array, first: number, whole: number, end: number): void {
  if (whole === first || end === whole + 1) throw notPlain;
  if (bytes[first] === zero && whole > first + 1) throw notPlain;
}

function isExponent(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at] ?? 0) | lowerCase) === exponentMark;
}

interface Decimal {
  readonly mantissa: number;
  readonly decimals: number;
  readonly single: boolean;
}

/** Goes on at the end of the decimal with an exponent, or with what one division does not do. */
function readUnusual(bytes: Uint8Array, from: number, at: number, decimal: Decimal): number {
  const { mantissa, single } = decimal;
  let scale = -decimal.decimals;
  let end = at;
  if (isExponent(bytes, at)) {
    end = readExponent(bytes, at + 1);
    scale += lastRead();
  }
  let size = NaN;
  if (isExact(mantissa, Math.abs(scale))) size = scaled(mantissa, scale);
  else if (single) size = nearly(mantissa, scale, at - from);
  if (!Number.isNaN(size)) last[0] = bytes[from] === minus ? -size : size;
  else if (single) last[0] = Number(asciiText(bytes, from, end));
  else throw notPlain;
  return end;
}

function readExponent(bytes: Uint8Array, at: number): number {
  const sign = bytes[at];
  const first = sign === minus || sign === plus ? at + 1 : at;
  let size = 0;
  let end = first;
  let digit = digitAt(bytes, end);
  for (; digit <= 9; digit = digitAt(bytes, ++end)) size = size * 10 + digit;
  if (end === first) throw notPlain;
  last[0] = sign === minus ? -size : size;
  return end;
}

/** True where one multiplication or division by the power gives the nearest double. */
function isExact(mantissa: number, size: number): boolean {
  return mantissa < exactMantissa && size <= exactPower;
}

/**
 * The float32 nearest to the double nearest to a decimal of `length` characters that was read with
 * rounding; NaN where that is not certain.
 */
function nearly(mantissa: number, scale: number, length: number): number {
  if (Math.abs(scale) >= powers.length || length > longestDecimal) return NaN;
  const low = Math.fround(scaled(mantissa * (1 - slack), scale));
  return low === Math.fround(scaled(mantissa * (1 + slack), scale)) ? low : NaN;
}

function scaled(mantissa: number, scale: number): number {
  return scale < 0 ? mantissa / power(-scale) : mantissa * power(scale);
}

function power(size: number): number {
  return powers[size] ?? NaN;
}
