/**
 * A number as C prints it with `%f`: six decimals, half of the last one to even. JavaScript's own
 * takes such a half away from zero, and writes large numbers with exponents.
 */
export function fixedText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value < 0 || Object.is(value, -0)) return `-${unsignedText(-value)}`;
  return unsignedText(value);
}

/** From here on JavaScript writes an exponent; such numbers are whole. */
const exponentFrom = 1e21;

function unsignedText(value: number): string {
  if (value === Infinity) return 'inf';
  if (value >= exponentFrom) return `${BigInt(value)}.000000`;
  return isHalf(value) ? evenText(value) : value.toFixed(6);
}

/** Half of a millionth is only exact in odd multiples of 1/128, which have seven decimals. */
function isHalf(value: number): boolean {
  return (value * 128) % 2 === 1;
}

function evenText(value: number): string {
  const below = value.toFixed(7).slice(0, -1);
  return Number(below.at(-1)) % 2 === 0 ? below : value.toFixed(6);
}
