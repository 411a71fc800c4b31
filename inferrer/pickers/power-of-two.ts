import type { Candidate, Dice, Picker } from '../../serving/dispatch/picker';

/**
 * Power of two choices on in-flight times latency (Mitzenmacher 2001; the load measure is
 * Finagle's peak EWMA): two different candidates are drawn, the less loaded one wins. An idle
 * place has load 0 whatever its latency, and equals are drawn by lot, so idle hosts share evenly
 * and a slow one still gets its chance to show that it has recovered.
 */
export const powerOfTwo: Picker = function powerOfTwo<Place extends Candidate>(
  candidates: readonly Place[],
  dice: Dice,
): Place {
  const first = Math.floor(dice() * candidates.length);
  const one = candidates[first] as Place;
  if (candidates.length === 1) return one;
  // The second draw skips the first by shifting, which keeps all pairs equally likely.
  const draw = Math.floor(dice() * (candidates.length - 1));
  const other = candidates[draw >= first ? draw + 1 : draw] as Place;
  const difference = load(one) - load(other);
  return difference <= 0 ? one : other;
};

function load(candidate: Candidate): number {
  return candidate.inFlight * Math.max(candidate.latencyUs, 1);
}
