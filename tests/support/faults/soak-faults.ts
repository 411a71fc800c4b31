import { askAddSub } from '../add-sub-call';
import type { TestCluster } from '../cluster';
import { eventually, type StartedProcess } from '../processes';
import { runnerPids } from '../runner-pids';
import { manage, upload } from '../uploads';
import { pick, type Dice } from './dice';
import type { WayFault } from './fault-proxy';
import type { Journal } from './journal';
import type { SickHost } from './sick-host';

export interface FaultParts {
  readonly cluster: TestCluster;
  /** The ways that can be made sick, by host. */
  readonly ways: ReadonlyMap<string, SickHost>;
  readonly dice: Dice;
  readonly journal: Journal;
}

/** Resolves when the host serves as before. */
type Run = (host: string, parts: FaultParts) => Promise<void>;

/** Longest time until a host is well again: far above what any machine takes. */
const wellMs = 60_000;
/** Longer than the cluster waits before it gives a frozen process up. */
const longMs = 2500;
/** Shorter than that. */
const shortMs = 700;

/**
 * Of the first host everything ends now and then, of the second only runners, of the others
 * nothing: those are looked at from the beginning to the end.
 */
const faults: readonly (readonly [name: string, hosts: number, run: Run])[] = [
  ['killed', 1, (host, parts) => replace('SIGKILL', host, parts)],
  ['told to stop', 1, (host, parts) => replace('SIGTERM', host, parts)],
  ['runner killed', 2, (host, parts) => loseRunner('SIGKILL', host, parts)],
  ['runner frozen until it is replaced', 2, (host, parts) => loseRunner('SIGSTOP', host, parts)],
  ['frozen until it is given up', 2, (host, parts) => freezeHost(longMs, host, parts)],
  ['frozen for a moment', 3, (host, parts) => freezeHost(parts.dice() * shortMs, host, parts)],
  ['runner frozen for a moment', 3, freezeRunner],
  ['runner told to stop', 3, tellRunner],
];

/**
 * What happens to the ways of those hosts that have sick ones. Bytes are never exchanged for others:
 * nothing in a large tensor tells that they were.
 */
const soakWayFaults: readonly (readonly [name: string, fault: WayFault, ms: number])[] = [
  ['way cut', 'cut', shortMs],
  ['way hangs', 'hang', longMs],
  ['way breaks in the middle of answers', 'half', shortMs],
];

interface Fault {
  readonly host: string;
  readonly name: string;
  readonly run: Run;
}

/** What may happen, each once for each of these hosts; to all of them as well, where `quiet`. */
export function faultsOf(
  hosts: readonly string[],
  { ways }: Pick<FaultParts, 'ways'>,
  quiet: boolean,
): readonly Fault[] {
  const number = (host: string): number => Number(host.replace(/^\D+/, ''));
  const found = faults.flatMap(([name, last, run]) =>
    hosts.filter((host) => number(host) <= last).map((host) => ({ host, name, run })),
  );
  const onTheWay = hosts
    .filter((host) => ways.has(host))
    .flatMap((host) =>
      soakWayFaults.map(([name, fault, ms]) => ({ host, name, run: sickWay(fault, ms) })),
    );
  const toAll = { host: 'all', name: 'a model comes and goes', run: comeAndGo };
  return [...found, ...onTheWay, ...(quiet ? [toAll] : [])];
}

function processOf({ cluster }: FaultParts, host: string): StartedProcess {
  return cluster.modelhosts.get(host)!;
}

async function serves({ cluster }: FaultParts, host: string): Promise<true | undefined> {
  const line = (await cluster.hosts()).find(({ id }) => id === host);
  return line?.ready === true ? true : undefined;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended or was replaced.
  }
}

/** Ends the host and starts it again. */
async function replace(how: NodeJS.Signals, host: string, parts: FaultParts): Promise<void> {
  const old = processOf(parts, host);
  let code: number | undefined;
  void old.end(how).then((is) => (code = is));
  await eventually('it ends', () => code, wellMs);
  if (how === 'SIGTERM' && code !== 0) throw new Error(`it ended with ${code}`);
  const again = parts.cluster.addHost({ HOST_ID: host });
  const ready = (): boolean => again.log().includes('modelhost is ready');
  await eventually(
    'it serves again',
    async () => (ready() ? await serves(parts, host) : undefined),
    wellMs,
  );
}

/** Its host starts another. */
async function loseRunner(how: NodeJS.Signals, host: string, parts: FaultParts): Promise<void> {
  const { pid } = processOf(parts, host);
  const runners = runnerPids(pid);
  const lost = pick(parts.dice, runners);
  signal(lost, how);
  const replaced = (): boolean => {
    const now = runnerPids(pid);
    return now.length >= runners.length && !now.includes(lost);
  };
  await eventually(
    'it has another runner',
    async () => (replaced() ? await serves(parts, host) : undefined),
    wellMs,
  );
}

async function freezeHost(ms: number, host: string, parts: FaultParts): Promise<void> {
  await freeze([processOf(parts, host).pid], ms);
  await eventually('it serves again', () => serves(parts, host), wellMs);
}

async function freezeRunner(host: string, parts: FaultParts): Promise<void> {
  await freeze(runnerPids(processOf(parts, host).pid), parts.dice() * shortMs);
  await eventually('it serves again', () => serves(parts, host), wellMs);
}

async function freeze(pids: readonly number[], ms: number): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGSTOP');
  await passed(ms);
  for (const pid of pids) signal(pid, 'SIGCONT');
}

/** The fault lasts for up to `ms`. */
function sickWay(fault: WayFault, ms: number): Run {
  return async (host, parts) => {
    const way = parts.ways.get(host)!;
    await way.set(fault);
    await passed(parts.dice() * ms);
    await way.set('pass');
    await eventually('it serves again', () => serves(parts, host), wellMs);
  };
}

async function passed(ms: number): Promise<void> {
  const until = performance.now() + ms;
  await eventually('it has lasted long enough', () => performance.now() > until || undefined);
}

/** Runners take orders from their host alone. */
function tellRunner(host: string, parts: FaultParts): Promise<void> {
  for (const runner of runnerPids(processOf(parts, host).pid)) signal(runner, 'SIGTERM');
  return Promise.resolve();
}

/** One is uploaded, asked and deleted. */
async function comeAndGo(_: string, { cluster, dice }: FaultParts): Promise<void> {
  const { url } = cluster;
  const name = `guest-${Math.floor(dice() * 1e9)}`;
  const added = await upload(url, name, 'examples/models/add-sub/1/model.onnx');
  if (added.status !== 201) throw new Error(`upload: ${JSON.stringify(added)}`);
  for (let seed = 1; seed <= 10; seed += 1) await askAddSub(url, seed, {}, name);
  const deleted = await manage(url, 'DELETE', `/api/v1/models/${name}`);
  if (deleted.status >= 300) throw new Error(`deletion: ${JSON.stringify(deleted)}`);
  const gone = await askAddSub(url, 1, {}, name).then(
    () => 'still answered',
    (error: unknown) => (error as Error).message,
  );
  if (!gone.startsWith('404')) throw new Error(`after its deletion: ${gone}`);
}
