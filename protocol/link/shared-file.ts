/**
 * A file in shared memory that a client keeps tensors in. Open in this process until nobody may
 * use it any more.
 */
export interface SharedFile {
  /** Below /dev/shm. */
  readonly name: string;
  /** Device and inode tell it from another file that has come to have its name. */
  readonly device: number;
  readonly inode: number;
  /** Calls it, once, when the file is closed; gives what makes it not be called any more. */
  onClose(listener: () => void): () => void;
}

/** Where in such a file a tensor's bytes lie. */
export interface SharedBytes {
  readonly file: SharedFile;
  readonly at: number;
  readonly bytes: number;
}
