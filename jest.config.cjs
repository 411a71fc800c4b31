/** Tests run on what `tsc` wrote: the code that ships, without a transformer. */
module.exports = {
  rootDir: '.',
  roots: ['<rootDir>/dist'],
  testEnvironment: 'node',
  testMatch: ['**/*.test.js'],
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/node_modules/'],
  // Longer than the waits of one test or hook take together, one after the other and each to its
  // end, so that the wait that fails is what speaks and says what it waited for.
  testTimeout: 300_000,
};
