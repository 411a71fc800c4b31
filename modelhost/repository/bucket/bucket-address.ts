/** Where in an object store the repository lies. */
export interface BucketAddress {
  readonly bucket: string;
  /** What all keys begin with: '', or words that end with a slash. */
  readonly prefix: string;
}

const grammar = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;
const scheme = /^[a-z][a-z0-9+.-]+:\/\//i;

/**
 * Reads `s3://bucket/prefix`; undefined for a directory. Throws an Error that says what was wanted.
 */
export function bucketAddress(repository: string): BucketAddress | undefined {
  if (!scheme.test(repository)) return undefined;
  const [, bucket, rest = ''] = grammar.exec(repository) ?? [];
  if (bucket === undefined) throw new Error('wanted a directory, or s3://bucket/prefix');
  const words = rest.split('/').filter((word) => word !== '');
  if (words.some((word) => word === '.' || word === '..' || /[\0-\x1f\\]/.test(word))) {
    throw new Error('wanted a prefix of plain words with slashes between them');
  }
  return { bucket, prefix: words.map((word) => `${word}/`).join('') };
}
