import { setTimeout as pause } from 'node:timers/promises';
import { serving, type BenchCluster } from '../cluster';
import type { NamedProcess } from '../cluster-process';
import { judgeLoad } from '../load/load-verdict';
import { benchModels } from '../models';
import { named } from '../plans';
import { processState, startedWith } from '../proc';
import type { Bench } from '../speed';
import { faults, frozenSeconds, type Fault, type FaultResult, type FaultTime } from './fault';
import { leftOutAt } from './left-out';

const load = { ratePerSecond: 300, seconds: 8 };
const connections = 32;
const faultAfterMs = 2000;
const drainSeconds = 15;
const healMs = 30_000;
const pollMs = 20;

/** Every fault as often as there are rounds, on clusters of one and of two hosts. */
export async function measureFaults({ lab, effort }: Bench): Promise<readonly FaultResult[]> {
  const results: FaultResult[] = [];
  for (const hosts of new Set(faults.map((fault) => fault.hosts))) {
    const cluster = await lab.startCluster({ hosts });
    for (const fault of faults.filter((one) => one.hosts === hosts)) {
      const times: FaultTime[] = [];
      for (let round = 0; round < effort.rounds; round += 1) {
        lab.say(`${fault.name} of ${hosts}`);
        times.push(await suffer({ lab, effort, bare: [] }, cluster, fault));
      }
      results.push({ fault, times });
    }
    await cluster.stop();
  }
  return results;
}

async function suffer({ lab }: Bench, cluster: BenchCluster, fault: Fault): Promise<FaultTime> {
  const { url } = cluster;
  const generator = lab.startLoad();
  const { request } = named('tiny-json');
  const asked = generator.ask({ url, request, stages: [load], connections, drainSeconds });
  const [answer, struck] = await Promise.all([asked, strike(cluster, fault)]);
  await generator.stop();
  const window = { fromMs: 0, toMs: load.seconds * 1000, deadlineMs: Infinity };
  const { host, healedMs, atMs } = struck;
  // Read only now, so that looking for it costs nothing while it is measured.
  const leftOutMs = leftOutAt(cluster.log(), host, atMs) - atMs;
  return { load: judgeLoad(answer, window), healedMs, leftOutMs };
}

/** What was done to whom. */
interface Struck {
  /** The id of the host that was struck, or whose runner was. */
  readonly host: string;
  /** In milliseconds since 1970. */
  readonly atMs: number;
  /** After how long the cluster was whole. */
  readonly healedMs: number;
}

/** Does it, ends it, and tells what was done. */
async function strike(cluster: BenchCluster, fault: Fault): Promise<Struck> {
  await pause(faultAfterMs);
  const victim = cluster.processes().find(({ name }) => name === `${fault.role}-1`);
  if (victim === undefined) throw new Error(`there is no ${fault.role} to strike`);
  const host = hostOf(victim, fault);
  const [atMs, struckAt] = [Date.now(), performance.now()];
  signal(victim, fault.signal);
  if (fault.signal === 'SIGSTOP') {
    await pause(frozenSeconds * 1000);
    signal(victim, 'SIGCONT');
  }
  while (performance.now() - struckAt < healMs) {
    await pause(pollMs);
    if (!(await whole(cluster, fault, victim))) continue;
    return { host, atMs, healedMs: performance.now() - struckAt };
  }
  return { host, atMs, healedMs: NaN };
}

/** The id that the supervisor gave the host; a runner is a child of its host. */
function hostOf({ pid }: NamedProcess, { role }: Fault): string {
  const host = role === 'host' ? pid : (processState(pid)?.parent ?? 0);
  return startedWith(host, 'HOST_ID');
}

/** Whether all hosts serve, with as many processes of this kind, the dead one not among them. */
async function whole(
  cluster: BenchCluster,
  { role, hosts, signal: sent }: Fault,
  victim: NamedProcess,
): Promise<boolean> {
  const now = cluster.processes().filter(({ name }) => name.startsWith(role));
  const gone = now.every(({ pid, startedAt }) => !same({ pid, startedAt }, victim));
  if (now.length < hosts || (sent === 'SIGKILL' && !gone)) return false;
  return await serving(cluster.url, { hosts, models: Object.keys(benchModels) });
}

type Known = Pick<NamedProcess, 'pid' | 'startedAt'>;

function same(one: Known, other: Known): boolean {
  return one.pid === other.pid && one.startedAt === other.startedAt;
}

/** Only to the process that was seen, not to one that has taken over its number. */
function signal({ pid, startedAt }: Known, name: NodeJS.Signals): void {
  if (processState(pid)?.startedAt === startedAt) process.kill(pid, name);
}
