const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/** Adding and subtracting it rounds a double below 2^51 to a whole number, ties to even. */
const rounder = 2 ** 52;
/** Half of the last step above the largest half, 65504: from here on it is infinity. */
const overflow = 65520;
const smallestNormal = 2 ** -14;

/** Bits of the IEEE half nearest to the value, ties to even; NaN is the quiet one, 7e00. */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  double[0] = value;
  const high = halves[1] ?? 0;
  const sign = (high >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (size >= overflow) return sign | 0x7c00;
  if (size < smallestNormal) return sign | (size * 2 ** 24 + rounder - rounder);
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  const mantissa = size * 2 ** (10 - exponent) + rounder - rounder;
  return sign | (((exponent + 14) << 10) + mantissa);
}

/** The value of an IEEE half. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
