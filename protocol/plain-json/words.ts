import { asciiText } from './ascii';

/** Longest word that is kept, in bytes, and how many are. */
const longest = 64;
const places = 512;

/** The text of ASCII bytes from `from` to `to`; `hash` is any function of them. */
export type Words = (bytes: Uint8Array, from: number, to: number, hash: number) => string;

interface Word {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Gives the text of words that come again and again, such as names of members and tensors,
 * without making it anew each time. A word stays until another one takes its place.
 */
export function createWords(): Words {
  const none: Word = { bytes: Buffer.alloc(0), text: '' };
  const kept: Word[] = Array.from({ length: places }, () => none);
  return (bytes, from, to, hash) => {
    const place = hash & (places - 1);
    const word = kept[place] ?? none;
    if (holds(word.bytes, bytes, from, to)) return word.text;
    const text = asciiText(bytes, from, to);
    if (to - from <= longest) kept[place] = { bytes: bytes.slice(from, to), text };
    return text;
  };
}

function holds(word: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (word.length !== to - from) return false;
  for (let at = 0; at < word.length; at++) if (word[at] !== bytes[from + at]) return false;
  return true;
}
