/** Tests run on what `tsc` wrote: the code that ships, without a transformer. */
module.exports = {
  rootDir: '.',
  roots: ['<rootDir>/dist'],
  testEnvironment: 'node',
  testMatch: ['**/*.test.js'],
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/node_modules/'],
  // Longer than the waits of one test or hook together take on a busy machine: where one of them
  // fails, it says what it waited for.
  testTimeout: 120_000,
};
