import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from './logging';
import { stop } from './lifecycle';

test('steps run in order, and a failing one does not stop the rest', async () => {
  const ran: string[] = [];
  const step = (name: string, fails = false): { name: string; run: () => Promise<void> } => ({
    name,
    run: () => {
      ran.push(name);
      return fails ? Promise.reject(new Error(name)) : Promise.resolve();
    },
  });
  expect(await stop([step('a'), step('b')], silentLogger())).toBe(true);
  expect(await stop([step('c', true), step('d')], silentLogger())).toBe(false);
  expect(ran).toEqual(['a', 'b', 'c', 'd']);
});

describe('stopOnSignals', () => {
  let folder: string;
  let child: ChildProcess;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lifecycle-'));
  });

  afterEach(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  /** A service whose only stop step ends when it is told to; resolves when it runs. */
  async function start(): Promise<{
    ended: Promise<number | null>;
    said: (what: string) => Promise<void>;
  }> {
    const file = path.join(folder, 'service.js');
    const dist = path.resolve('dist/core');
    writeFileSync(
      file,
      `const { stopOnSignals } = require('${dist}/lifecycle');
      const { silentLogger } = require('${dist}/logging');
      const run = () => new Promise((resolve) => {
        process.on('message', resolve);
        process.send('stopping');
      });
      stopOnSignals({ stopSteps: [{ name: 'step', run }] }, silentLogger());
      process.send('running');`,
    );
    child = fork(file, [], { execArgv: [] });
    const words: string[] = [];
    child.on('message', (word) => words.push(word as string));
    const said = async (what: string): Promise<void> => {
      while (!words.includes(what)) await new Promise((resolve) => child.once('message', resolve));
    };
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await said('running');
    return { ended, said };
  }

  test('a signal runs the steps and exits with 0; the same one at once after it is that one', async () => {
    const { ended, said } = await start();
    child.kill('SIGINT');
    await said('stopping');
    child.kill('SIGINT');
    child.send('go on');
    expect(await ended).toBe(0);
  });

  test('a second signal ends it at once with 1', async () => {
    const { ended, said } = await start();
    child.kill('SIGTERM');
    await said('stopping');
    const again = setInterval(() => child.kill('SIGTERM'), 100);
    child.once('exit', () => {
      clearInterval(again);
    });
    expect(await ended).toBe(1);
  });

  test('it ends when its parent lets go of it', async () => {
    const { ended } = await start();
    child.disconnect();
    expect(await ended).toBe(1);
  });
});
