import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '../../tests/support/processes';
import { temporaryDirectory } from '../../tests/support/small-models';
import { processState } from './process-state';

const folder = temporaryDirectory();

/** Busy as in a run: its event loop does not turn. */
const busy = 'process.send("up"); const end = Date.now() + 60_000; while (Date.now() < end);';

test('a child in the middle of a run ends when its parent is killed', async () => {
  const child = path.join(folder, 'child.js');
  writeFileSync(child, busy);
  const forks = `
    const { endsWithParent } = require(${JSON.stringify(path.join(__dirname, 'ends-with-parent'))});
    const child = require('node:child_process').fork(${JSON.stringify(child)}, [], endsWithParent);
    child.once('message', () => console.log(child.pid));`;
  const parent = spawn(process.execPath, ['-e', forks]);
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  expect(processState(pid).residentBytes).toBeGreaterThan(0);
  parent.kill('SIGKILL');
  await eventually('the child has ended', () =>
    processState(pid).residentBytes === 0 ? true : undefined,
  );
});
