/** Tests run on what `tsc` wrote: the code that ships, without a transformer. */
module.exports = {
  rootDir: '.',
  roots: ['<rootDir>/dist'],
  testEnvironment: 'node',
  testMatch: ['**/*.test.js'],
  // Those are run by scripts/test-clients.mjs, with programs that have to be installed first.
  testPathIgnorePatterns: ['/node_modules/', '/dist/tests/clients/'],
  transform: {},
  // A global of the realm that a test runs in is looked up in many steps, each time: code that
  // calculates is up to 25 times slower by that. None of these is ever replaced by a test,
  // nor declared by a package, as Buffer is.
  sandboxInjectedGlobals: [
    ...['Array', 'ArrayBuffer', 'BigInt', 'DataView', 'Error', 'Infinity', 'JSON', 'Map'],
    ...['Math', 'Number', 'Object', 'Promise', 'RegExp', 'Set', 'String', 'Symbol'],
    ...['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array', 'Uint32Array'],
  ],
  globalSetup: '<rootDir>/dist/tests/support/run-folder.js',
  globalTeardown: '<rootDir>/dist/tests/support/remove-run-folder.js',
  modulePathIgnorePatterns: ['<rootDir>/node_modules/'],
  // Longer than the waits of one test or hook take together, one after the other and each to its
  // end, so that the wait that fails is what speaks and says what it waited for.
  testTimeout: 300_000,
};
