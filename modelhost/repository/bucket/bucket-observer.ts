/** What the server of a bucket is asked for; `download` is of what models consist of. */
export type BucketOperation = 'list' | 'read' | 'download' | 'write' | 'remove';

/** Told of what a host has to do with a bucket. */
export interface BucketObserver {
  /** One try has ended: the server has answered, has refused it, or has failed or said nothing. */
  readonly asked: (operation: BucketOperation, outcome: 'ok' | 'refused' | 'failed') => void;
  /** It is tried again, or a download goes on where it was cut. */
  readonly again: (operation: BucketOperation) => void;
  /** All objects have been listed. */
  readonly listed: () => void;
  /** The files in the cache have so many bytes together. */
  readonly cached: (bytes: number) => void;
  /** A file of the cache has made room for others. */
  readonly evicted: () => void;
}
