import { readFile } from 'node:fs/promises';
import type { Caller, ConnectionPorts } from '../../protocol/infer';

/** Lists the TCP sockets of this machine, or of the container, with their users. */
export type ReadSockets = () => Promise<string>;

/** The number that users have who have none here. */
const nobody = 65_534;

/** The users of the other ends of loopback connections; several where that is in doubt. */
type Users = ReadonlyMap<string, readonly number[]>;

/** What is known of callers' system users. */
export interface CallerUsers {
  /** Undefined where it has not been learned, or cannot be told without doubt. */
  known(caller: Caller): number | undefined;
  /** Finds out; undefined where it is known already, or where there is no way. */
  learn(caller: Caller): Promise<void> | undefined;
}

/**
 * Tells the system user who has the other end of a connection from this machine, as the kernel's
 * table of sockets says. To read the table takes tens of milliseconds where many connections have
 * been closed lately: it is read beside other work, and once for all connections that are open by
 * then. What it says of a connection that has come later may be of an earlier one with its ports.
 */
export class SocketUsers implements CallerUsers {
  readonly #readSockets: ReadSockets;
  readonly #now: () => number;
  readonly #known = new WeakMap<ConnectionPorts, number>();
  #latest: { readonly users: Users; readonly at: number } | undefined;
  #reading: { readonly at: number; readonly done: Promise<void> } | undefined;

  constructor(readSockets: ReadSockets = readTables, now = (): number => performance.now()) {
    this.#readSockets = readSockets;
    this.#now = now;
  }

  known({ ports }: Caller): number | undefined {
    return ports === undefined ? undefined : this.#known.get(ports);
  }

  learn({ peer, ports }: Caller): Promise<void> | undefined {
    if (ports === undefined || this.#known.has(ports)) return undefined;
    if (this.#find(peer, ports)) return undefined;
    return this.#readAfter(ports.since).then(() => {
      this.#find(peer, ports);
    });
  }

  /** Whether the latest table says who has the other end. */
  #find(peer: string, ports: ConnectionPorts): boolean {
    if (this.#latest === undefined || ports.since >= this.#latest.at) return false;
    const user = userIn(this.#latest.users, peer, ports);
    if (user !== undefined) this.#known.set(ports, user);
    return user !== undefined;
  }

  /** Resolves after a reading that has begun after that time. */
  #readAfter(since: number): Promise<void> {
    const reading = this.#reading;
    if (reading === undefined) return this.#read();
    return since < reading.at ? reading.done : reading.done.then(() => this.#readAfter(since));
  }

  #read(): Promise<void> {
    const at = this.#now();
    const done = this.#readSockets().then((table) => {
      this.#latest = { users: usersOf(table), at };
      this.#reading = undefined;
    });
    this.#reading = { at, done };
    return done;
  }
}

/** An open connection: both its ends, and the user of the first. */
const open = /^\s*\d+: ([0-9A-F]+:[0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) 01 \S+ \S+ \S+\s+(\d+)/gm;

function usersOf(table: string): Users {
  const users = new Map<string, number[]>();
  for (const [, local = '', remotePort = '', user] of table.matchAll(open)) {
    const end = `${local}>${remotePort}`;
    const others = users.get(end);
    if (others === undefined) users.set(end, [Number(user)]);
    else others.push(Number(user));
  }
  return users;
}

function userIn(table: Users, peer: string, ports: ConnectionPorts): number | undefined {
  const ends = addressesOf(peer).map(
    (address) => `${address}:${portText(ports.peer)}>${portText(ports.own)}`,
  );
  const users = new Set(ends.flatMap((end) => table.get(end) ?? []));
  const [user] = users;
  return users.size === 1 && user !== nobody ? user : undefined;
}

async function readTables(): Promise<string> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readTable));
  return tables.join('\n');
}

/** Not every system tells; then nobody is known. */
function readTable(file: string): Promise<string> {
  return readFile(file, 'latin1').catch(() => '');
}

/** How the tables write a loopback address: each 32 bits of it in the processor's order. */
function addressesOf(peer: string): readonly string[] {
  if (peer === '::1') return ['00000000000000000000000001000000'];
  const bytes = peer
    .slice(peer.lastIndexOf(':') + 1)
    .split('.')
    .map(Number);
  const address = Buffer.from(bytes.reverse()).toString('hex').toUpperCase();
  return [address, `0000000000000000FFFF0000${address}`];
}

function portText(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
