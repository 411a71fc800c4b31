/**
 * How much a key belongs to a host, from 0 to 2^32 - 1: the highest of all hosts' numbers names one
 * for each key, evenly, and a host that comes or goes moves only its own (rendezvous hashing).
 * FNV-1a over both names, its bits mixed as in MurmurHash3.
 */
export function affinity(host: string, key: string): number {
  let hash = 0x811c9dc5;
  const text = `${host}\n${key}`;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
