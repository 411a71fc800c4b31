import { eventually } from '../processes';
import { pick } from './dice';
import { faultsOf, type FaultParts } from './soak-faults';

/** Hosts that may be in trouble at the same time. */
const mostInTrouble = 2;

export interface Schedule extends FaultParts {
  readonly hosts: readonly string[];
  /** Asked every few milliseconds: true ends the schedule. May throw to give up. */
  over(): boolean;
}

/**
 * One fault a second until `over`, as the dice fall; one later only where a machine is so slow that
 * two hosts are still in trouble, or while a model comes and goes. Resolves when all hosts serve
 * again, with how many faults there were of each kind; rejects when one of them does not.
 */
export async function faultEachSecond(schedule: Schedule): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  const errors: unknown[] = [];
  for (let next = performance.now() + 1000; !ends(); next += 1000) {
    if (!(await timeFor(next))) break;
    const { host, name, run } = throwFault(schedule, [...running.keys()]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    schedule.journal.note(`${host}: ${name}`);
    const fault = run(host, schedule)
      .catch((error: unknown) => {
        errors.push(new Error(`${host} after: ${name}`, { cause: error }));
      })
      .finally(() => running.delete(host));
    running.set(host, fault);
  }
  await Promise.all(running.values());
  if (errors.length > 0) throw errors[0] as Error;
  return counts;

  function ends(): boolean {
    return errors.length > 0 || schedule.over();
  }

  /** True when the next fault may come, false where there is none. */
  function timeFor(at: number): Promise<boolean> {
    const free = (): boolean => running.size < mostInTrouble && !running.has('all');
    const come = (): boolean => performance.now() >= at && free();
    return eventually('the next fault', () => (ends() ? false : come() || undefined), 120_000);
  }
}

/** A host that is not in trouble, and what happens to it; each that may happen is as likely. */
function throwFault(
  { hosts, dice, ways }: Pick<Schedule, 'hosts' | 'dice' | 'ways'>,
  inTrouble: readonly string[],
): ReturnType<typeof faultsOf>[number] {
  const able = hosts.filter((host) => !inTrouble.includes(host));
  return pick(dice, faultsOf(able, { ways }, inTrouble.length === 0));
}
