import { spawnSync } from 'node:child_process';

/**
 * `describe` for tests that need something of the machine. Where it is `missing` (a sentence) they
 * become one skipped test that says so, or with CI=true one that fails. `tests` is called only
 * where nothing is missing.
 */
export function describeWhere(missing: string | undefined, name: string, tests: () => void): void {
  if (missing === undefined) {
    describe(name, tests);
  } else if (process.env['CI'] === 'true') {
    it(name, () => {
      throw new Error(missing);
    });
  } else {
    it.skip(`${name}: ${missing}`, () => undefined);
  }
}

/** What is missing if one of these commands cannot be started. */
export function missingCommand(...commands: readonly string[]): string | undefined {
  const absent = commands.filter(
    (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0,
  );
  return absent.length === 0 ? undefined : `not installed: ${absent.join(', ')}`;
}
