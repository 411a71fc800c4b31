/**
 * Loaded before a process's own program: writes a processor profile when it exits, as
 * --cpu-prof does, which Node does not take from NODE_OPTIONS. A process that is killed writes
 * none.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import path from 'node:path';

const folder = process.env['SHOAL_BENCH_PROFILE'];
if (folder !== undefined) profileInto(folder);

function profileInto(where: string): void {
  const program = path.basename(path.dirname(process.argv[1] ?? '')) || 'node';
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () => {
    session.post('Profiler.stop', (error, result) => {
      if (error !== null) return;
      const file = path.join(where, `${program}.${process.pid}.cpuprofile`);
      writeFileSync(file, JSON.stringify(result.profile));
    });
  });
}
