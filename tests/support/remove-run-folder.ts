import { rmSync } from 'node:fs';
import { runFolder } from './run-folder';

/** Called by Jest after all tests. */
export default function removeRunFolder(): void {
  rmSync(runFolder(), { recursive: true, force: true, maxRetries: 5 });
}
