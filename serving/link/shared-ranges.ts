/** Ranges begin on whole pages. */
const pageBytes = 4096;

/** Ranges of an area in use, lowest first: what was used before is still in the caches. */
export interface Ranges {
  /** The offset of a range of so many bytes, -1 where none is free. */
  take(bytes: number): number;
  free(offset: number): void;
}

export function createRanges(maxBytes: number): Ranges {
  const used: { readonly from: number; readonly to: number }[] = [];
  return {
    take(bytes) {
      const size = Math.ceil(bytes / pageBytes) * pageBytes;
      let from = 0;
      let at = 0;
      for (const range of used) {
        if (range.from - from >= size) break;
        from = range.to;
        at += 1;
      }
      if (from + size > maxBytes) return -1;
      used.splice(at, 0, { from, to: from + size });
      return from;
    },
    free(offset) {
      const at = used.findIndex(({ from }) => from === offset);
      if (at >= 0) used.splice(at, 1);
    },
  };
}
