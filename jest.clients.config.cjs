/** The tests of `npm run test:clients`. */
module.exports = {
  ...require('./jest.config.cjs'),
  roots: ['<rootDir>/dist/tests/clients'],
  testPathIgnorePatterns: ['/node_modules/'],
};
