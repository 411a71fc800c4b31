import { spawn } from 'node:child_process';
import path from 'node:path';
import { eventually } from '../tests/support/processes';

const warnsTwice = `
  const { createLogger } = require(${JSON.stringify(path.resolve('dist/core/logging'))});
  const logger = createLogger({ service: 'test', level: 'info', format: 'json' });
  logger.warn('one');
  logger.warn('two');
  setInterval(() => undefined, 1000);
`;

describe('the logger of a process', () => {
  it('writes two warnings that come together, though nothing follows them', async () => {
    const child = spawn(process.execPath, ['-e', warnsTwice], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let lines = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (lines += text));
      await eventually('both lines', () => /"one"[^]*"two"/.test(lines) || undefined, 15_000);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
