import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Says whether the SDK of buckets is loaded, after a modelhost's code and after each repository. */
const program = `
  const isLoaded = () => Object.keys(require.cache).some((file) => file.includes('client-s3'));
  const { modelhostSettings } = require('./settings.js');
  const { readSettings } = require('../core/settings.js');
  const { silentLogger } = require('../core/logging.js');
  require('./modelhost.js');
  const { createStorage } = require('./repository/create-storage.js');
  const said = [isLoaded()];
  for (const repository of ['/nowhere', 's3://bucket/prefix']) {
    createStorage(repository, readSettings(modelhostSettings, {}), silentLogger());
    said.push(isLoaded());
  }
  console.log(JSON.stringify(said));
`;

test('what buckets need is loaded only where the repository is one', () => {
  const cwd = path.join(__dirname, '..');
  const options = { cwd, encoding: 'utf8', stdio: 'pipe' } as const;
  const said = execFileSync(process.execPath, ['-e', program], options);
  expect(JSON.parse(said)).toEqual([false, false, true]);
});
