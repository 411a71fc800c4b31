import { endOfString, huffmanCodes } from './huffman-code';

/** A node of the tree of codes: what follows a 0 and a 1, another node or a symbol. */
interface Node {
  readonly number: number;
  /** Whether a string may end here: after at most 7 bits of ones, RFC 7541, 5.2. */
  readonly ends: boolean;
  readonly next: [Node | number | undefined, Node | number | undefined];
}

/** Four bits are read at once: what a step does, for each node and those bits. */
const nodeBits = 8;
const symbolShift = nodeBits;
const emits = 1 << 16;
const fails = 1 << 17;

const nodes = plant();
const steps = Int32Array.from(nodes.flatMap((node) => [...Array(16).keys()].map(stepFrom(node))));
const mayEnd = Uint8Array.from(nodes, ({ ends }) => Number(ends));

/** Codes have 5 bits at least. */
const mostSymbols = (bytes: number): number => Math.floor((bytes * 8) / 5);

let scratch = Buffer.allocUnsafeSlow(4096);

/** The string that `bytes` from `start` to `end` encode; undefined if they encode none. */
export function huffmanDecode(bytes: Buffer, start: number, end: number): string | undefined {
  const most = mostSymbols(end - start);
  if (most > scratch.length) scratch = Buffer.allocUnsafeSlow(2 * most);
  let node = 0;
  let size = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    let step = steps[(node << 4) | (byte >> 4)] as number;
    if ((step & emits) !== 0) scratch[size++] = step >> symbolShift;
    const failed = step & fails;
    step = steps[((step & 0xff) << 4) | (byte & 15)] as number;
    if ((step & emits) !== 0) scratch[size++] = step >> symbolShift;
    if (((step | failed) & fails) !== 0) return undefined;
    node = step & 0xff;
  }
  return mayEnd[node] === 1 ? scratch.toString('latin1', 0, size) : undefined;
}

/** The tree of all codes; the root is first. */
function plant(): Node[] {
  const grown: Node[] = [];
  const grow = (ends: boolean): Node => {
    const node: Node = { number: grown.length, ends, next: [undefined, undefined] };
    grown.push(node);
    return node;
  };
  const root = grow(true);
  for (const { symbol, code, bits } of huffmanCodes()) {
    let node = root;
    for (let depth = 1; depth < bits; depth += 1) {
      const way = (code >> (bits - depth)) & 1;
      node = (node.next[way] ??= grow(way === 1 && node.ends && depth <= 7)) as Node;
    }
    node.next[code & 1] = symbol;
  }
  return grown;
}

function stepFrom(from: Node): (bits: number) => number {
  return (bits) => {
    let node = from;
    let told = 0;
    for (let bit = 3; bit >= 0; bit -= 1) {
      const next = node.next[(bits >> bit) & 1];
      if (next === undefined || next === endOfString) return fails;
      if (typeof next !== 'number') {
        node = next;
        continue;
      }
      told = emits | (next << symbolShift);
      node = nodes[0] as Node;
    }
    return told | node.number;
  };
}
