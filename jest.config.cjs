/** Tests run on what `tsc` wrote: the code that ships, without a transformer. */
module.exports = {
  rootDir: '.',
  roots: ['<rootDir>/dist'],
  testEnvironment: 'node',
  testMatch: ['**/*.test.js'],
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/node_modules/'],
  testTimeout: 30_000,
};
