/** A file of the cache, by the hash of its content. */
export interface CachedFile {
  readonly sha256: string;
  readonly bytes: number;
  /** When it was used last, in milliseconds since 1970. */
  readonly usedMs: number;
  /** A host of this machine has it in use. */
  readonly inUse: boolean;
}

/** What goes so that all of them have at most so many bytes: least recently used first. */
export function whichLeave(files: readonly CachedFile[], maxBytes: number): CachedFile[] {
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const leaving: CachedFile[] = [];
  for (const file of [...files].sort((a, b) => a.usedMs - b.usedMs)) {
    if (bytes <= maxBytes) break;
    if (file.inUse) continue;
    leaving.push(file);
    bytes -= file.bytes;
  }
  return leaving;
}
