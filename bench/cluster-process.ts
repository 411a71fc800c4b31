import { commandLine, descendants, processes, processState } from './proc';

/** A process of the cluster, by a name such as inferrer, host-1 or runner-2. */
export interface NamedProcess {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: number;
}

const roles: readonly (readonly [program: string, role: string])[] = [
  ['embedded/main.js', 'supervisor'],
  ['inferrer/main.js', 'inferrer'],
  ['metrics/service/main.js', 'metrics'],
  ['modelhost/runner/main.js', 'runner'],
  ['modelhost/main.js', 'host'],
];

/** What the program of a command line is in the cluster; `other` if it is none of ours. */
export function roleOf(command: string): string {
  return roles.find(([program]) => command.includes(program))?.[1] ?? 'other';
}

const many = ['host', 'runner', 'other'];

/** Numbers the roles of which there may be several, in the order given; of inferrers the second. */
export function numbered(list: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return list.map((role) => {
    const count = (seen.get(role) ?? 0) + 1;
    seen.set(role, count);
    if (role === 'inferrer' && count > 1) return `inferrer-${count}`;
    return many.includes(role) ? `${role}-${count}` : role;
  });
}

/** The process and all that it started. */
export function clusterProcesses(root: number): readonly NamedProcess[] {
  const tree = descendants(root, processes());
  const names = numbered(tree.map(({ pid }) => roleOf(commandLine(pid))));
  return tree.map(({ pid, startedAt }, index) => ({ pid, startedAt, name: names[index] ?? '' }));
}

/** Kills those of the processes that still run. */
export function killLeft(started: readonly NamedProcess[]): void {
  for (const { pid, startedAt } of started) {
    if (processState(pid)?.startedAt !== startedAt) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }
}
