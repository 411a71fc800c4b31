/** A file or directory of an archive. */
export interface ArchiveEntry {
  /** As it stands there, unchecked. */
  readonly name: string;
  readonly directory: boolean;
  /** What the archive says that it has, unpacked. */
  readonly bytes: number;
  /** Its bytes, unpacked; throws where they are not what the archive says. To be called once. */
  readonly read: () => AsyncIterable<Uint8Array>;
}
