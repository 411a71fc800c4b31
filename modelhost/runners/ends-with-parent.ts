import { spawnSync, type ForkOptions } from 'node:child_process';

/** Of util-linux; Debian has it always. */
const program = '/usr/bin/setpriv';
const terms = ['--pdeathsig', 'KILL'];

/**
 * Options of `fork` for a child that shall not outlive this process. A run of ONNX Runtime holds
 * the child's only thread, so that it notices by itself only afterwards, for which the system is
 * asked to end it. Where the system has no such program the child ends when its run does.
 */
export const endsWithParent: Pick<ForkOptions, 'execPath' | 'execArgv'> = works()
  ? { execPath: program, execArgv: [...terms, process.execPath] }
  : { execArgv: [] };

function works(): boolean {
  return spawnSync(program, [...terms, 'true'], { stdio: 'ignore' }).status === 0;
}
