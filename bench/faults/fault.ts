import type { LoadVerdict } from '../load/load-verdict';

/** What is done to a process of the cluster under load. */
export interface Fault {
  readonly name: string;
  readonly hosts: number;
  readonly role: 'runner' | 'host';
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

/** What clients saw of it, each time that it was done. */
export interface FaultResult {
  readonly fault: Fault;
  readonly times: readonly FaultTime[];
}

export interface FaultTime {
  readonly load: LoadVerdict;
  /** Until all hosts served again, or NaN if they did not. */
  readonly healedMs: number;
  /** Until the inferrer did not ask the host, or its runner, any more; NaN if it never said so. */
  readonly leftOutMs: number;
}

/** How long a process is frozen, then it goes on. */
export const frozenSeconds = 3;

export const faults: readonly Fault[] = [
  { name: 'kill -9 a runner', hosts: 2, role: 'runner', signal: 'SIGKILL' },
  { name: 'kill -9 a host', hosts: 2, role: 'host', signal: 'SIGKILL' },
  { name: `freeze a runner ${frozenSeconds} s`, hosts: 2, role: 'runner', signal: 'SIGSTOP' },
  { name: `freeze a host ${frozenSeconds} s`, hosts: 2, role: 'host', signal: 'SIGSTOP' },
  { name: 'kill -9 the runner', hosts: 1, role: 'runner', signal: 'SIGKILL' },
  { name: 'kill -9 the host', hosts: 1, role: 'host', signal: 'SIGKILL' },
];
