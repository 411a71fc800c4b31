/** Tests run on what `tsc` wrote: the code that ships, without a transformer. */
module.exports = {
  rootDir: '.',
  roots: ['<rootDir>/dist'],
  testEnvironment: 'node',
  testMatch: ['**/*.test.js'],
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/node_modules/'],
  // More than the longest single wait where none is said: that says what it waited for.
  testTimeout: 40_000,
};
