import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Browser {
  stop(): Promise<void>;
}

/** Debian's Chromium without a window, on one page; it believes in any certificate. */
export function openBrowser(page: string): Browser {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-browser-'));
  const child: ChildProcess = spawn(
    'chromium',
    [
      '--headless=new',
      // Its sandbox wants rights that containers and root do not have.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--ignore-certificate-errors',
      `--user-data-dir=${folder}`,
      '--remote-debugging-port=0',
      page,
    ],
    { stdio: 'ignore', detached: true, env: { PATH: process.env['PATH'] ?? '', HOME: folder } },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    async stop() {
      // All processes of it.
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
