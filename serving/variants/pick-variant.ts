import type { Variant } from '../../protocol/versions/traffic';

/** A version by its weight; `dice` is a random number from 0 to below 1. Weight 0 is never chosen. */
export function pickVariant(variants: readonly Variant[], dice: number): number {
  let total = 0;
  for (const { weight } of variants) total += weight;
  let rest = dice * total;
  let chosen = 0;
  for (const { version, weight } of variants) {
    if (weight <= 0) continue;
    chosen = version;
    rest -= weight;
    if (rest < 0) break;
  }
  return chosen;
}

/**
 * A version by its weight, for the same value always the same: weighted rendezvous hashing. Each
 * variant draws a number from the value and its own version; so when weights change, only as many values move
 * as have to, and only between variants whose shares have changed.
 */
export function stickyVariant(variants: readonly Variant[], value: string): number {
  let best = -Infinity;
  let chosen = 0;
  for (const { version, weight } of variants) {
    if (weight <= 0) continue;
    // An exponential draw of rate `weight`: the smallest of several is each with its share.
    const score = Math.log(uniform(`${version} ${value}`)) / weight;
    if (score <= best) continue;
    best = score;
    chosen = version;
  }
  return chosen;
}

/** From above 0 to below 1, evenly: FNV-1a, mixed so that similar texts are far apart. */
function uniform(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
