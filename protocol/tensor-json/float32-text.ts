const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const comma = 0x2c;
const openList = 0x5b;
const closeList = 0x5d;

const powers = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** Digits that tell every float32 from all others. */
const enough = 9;
/** Digits that may be enough; whoever needs fewer has zeros behind them. */
const fewest = 7;
/** Whole numbers below it are written digit by digit. */
const wholeLimit = 1e9;
/** From here to `wholeLimit` a number is written without exponent. */
const fixedLimit = 1e-6;
/** From here on the last of nine digits is worth 1e-21 or more: a power of ten that is exact. */
const scaledLimit = 1e-13;

/** Longer than any number and its comma. */
const longest = 32;
const buffer = Buffer.allocUnsafeSlow(32 * 1024);
const bytes = new Uint8Array(buffer.buffer);

/**
 * The numbers as a JSON list. Each has as few digits, at most nine, as it takes to be read as the
 * same float32, also by way of a double; seldom one more. Whole numbers have all of theirs. NaN and
 * infinities are bare words, which is no JSON.
 */
export function float32ListText(values: Float32Array): string {
  let text = '';
  let at = 1;
  bytes[0] = openList;
  for (let index = 0; index < values.length; index++) {
    if (at > bytes.length - longest) {
      text += buffer.toString('latin1', 0, at);
      at = 0;
    }
    at = writeFloat32(at, values[index] ?? 0);
    bytes[at++] = comma;
  }
  if (values.length === 0) return '[]';
  bytes[at - 1] = closeList;
  return text + buffer.toString('latin1', 0, at);
}

/** Writes a number from `at` on and returns the place behind it, like all that follow. */
function writeFloat32(at: number, value: number): number {
  if (value === 0) return writeZero(at, 1 / value < 0);
  let size = value;
  if (value < 0) {
    bytes[at++] = minus;
    size = -value;
  }
  if (size < wholeLimit && Math.floor(size) === size) return writeWhole(at, size);
  if (!(size >= scaledLimit && size < wholeLimit)) return writeText(at, farText(size));
  return writeScaled(at, size);
}

/** Without its fraction a negative zero would lose its sign with those who know integers. */
function writeZero(at: number, negative: boolean): number {
  if (negative) return writeText(at, '-0.0');
  bytes[at] = zero;
  return at + 1;
}

/** A number that is very large or very small, or none. */
function farText(size: number): string {
  if (Number.isInteger(size) && size < 1e21) return String(size);
  for (let digits = fewest; digits < enough; digits++) {
    const short = Number(size.toPrecision(digits));
    if (Math.fround(short) === size) return String(short);
  }
  return String(Number(size.toPrecision(enough)));
}

/**
 * Seven digits are often enough, nine always. That they are is seen by reading them: one division
 * by an exact power of ten is what every reader makes of them.
 */
function writeScaled(at: number, size: number): number {
  const most = decimalsOf(size);
  const scaled = size * (powers[most] ?? 0);
  for (let spare = enough - fewest; ; spare--) {
    const digits = Math.floor(scaled / (powers[spare] ?? 1) + 0.5);
    const decimals = most - spare;
    if (spare > 0 && Math.fround(digits / (powers[decimals] ?? 0)) !== size) continue;
    return size >= fixedLimit
      ? writeFixed(at, digits, decimals)
      : writeText(at, String(digits / (powers[decimals] ?? 0)));
  }
}

/** Decimals with which a number below 1e9 has nine digits. */
function decimalsOf(size: number): number {
  let decimals = enough - 1;
  if (size >= 1) while (size >= (powers[enough - decimals] ?? 0)) decimals--;
  else while (size * (powers[decimals - enough + 1] ?? 0) < 1) decimals++;
  return decimals;
}

/** Writes digits / 10 ** decimals. */
function writeFixed(at: number, digits: number, decimals: number): number {
  let tens = (digits / 10) | 0;
  while (tens * 10 === digits) {
    digits = tens;
    decimals--;
    tens = (digits / 10) | 0;
  }
  let whole = 0;
  if (decimals < enough) {
    const unit = powers[decimals] ?? 0;
    whole = Math.floor(digits / unit);
    digits = (digits - whole * unit) | 0;
  }
  at = writeWhole(at, whole);
  bytes[at] = dot;
  return writeDigits(at + 1, digits, decimals);
}

/** Writes an integer from 0 and below 2^31. */
function writeWhole(at: number, value: number): number {
  let length = 1;
  for (let limit = 10; length < 10 && limit <= value; limit *= 10) length++;
  return writeDigits(at, value, length);
}

/** Writes so many digits of an integer below 2^31, zeros in front. */
function writeDigits(at: number, value: number, length: number): number {
  let rest = value | 0;
  for (let place = at + length - 1; place >= at; place--) {
    const tens = (rest / 10) | 0;
    bytes[place] = zero + rest - tens * 10;
    rest = tens;
  }
  return at + length;
}

function writeText(at: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}
