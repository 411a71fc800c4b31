import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '../tests/support/processes';
import { processState } from './proc';
import { createProcessGroup, type ProcessGroup } from './process-group';

const folder = mkdtempSync(path.join(tmpdir(), 'shoal-bench-test-'));
let group: ProcessGroup;

beforeEach(() => {
  group = createProcessGroup(folder);
});

afterEach(() => group.stop());

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function start(code: string, name?: string): void {
  const program = { command: process.execPath, args: ['-e', code], environment: {} };
  group.start(name === undefined ? program : { ...program, name });
}

async function until(what: string, done: () => boolean): Promise<void> {
  await eventually(what, () => done() || undefined);
}

function endedAlready(): boolean {
  try {
    group.check();
    return false;
  } catch {
    return true;
  }
}

const forever = 'setInterval(() => {}, 1000)';

it('names programs by what they are, or all of one as it is told, and ends them', async () => {
  start(forever);
  start(
    `require('node:child_process').spawn(process.execPath, ['-e', "${forever}"]); ${forever}`,
    'edge',
  );
  start(forever);
  await until('all four run', () => group.processes().length === 4);
  const processes = group.processes();
  expect(processes.map(({ name }) => name)).toEqual(['other-1', 'edge', 'edge', 'other-2']);
  group.check();
  await group.stop();
  await until('none is left', () => processes.every(({ pid }) => processState(pid) === undefined));
});

it('notices that a program has ended, and keeps what it said', async () => {
  start(forever);
  start('console.log("before"); console.log("no more"); process.exit(3)');
  await until('it is noticed', endedAlready);
  expect(group.log()).toContain('before\nno more');
  expect(group.log(1)).toBe('no more');
});

it('notices a program that is not there', async () => {
  group.start({ command: '/nowhere', args: [], environment: {} });
  await until('it is noticed', endedAlready);
  expect(group.processes()).toEqual([]);
});
