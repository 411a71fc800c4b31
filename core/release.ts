import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The version of this release, as in package.json beside the built programs. */
export function releaseVersion(): string {
  const file = path.join(__dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
