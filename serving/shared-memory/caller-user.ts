import { readFileSync } from 'node:fs';
import type { Caller, ConnectionPorts } from '../../protocol/infer';

/** Lists the TCP sockets of this machine, or of the container, with their users. */
export type ReadSockets = () => string;

/** The state of a connection that both sides have open. */
const established = '01';

/** The number that users have who have none here. */
const nobody = 65_534;

/** The users of the other ends of loopback connections; several where that is in doubt. */
type Users = ReadonlyMap<string, readonly number[]>;

/**
 * Tells the system user who has the other end of a connection from this machine, as the kernel's
 * table of sockets says; undefined where it does not, or not without doubt. To read the table takes
 * milliseconds, however few sockets there are: it is read once for all connections that are open
 * by then. What it says of a connection that has come later may be of an earlier one with its ports.
 */
export function createUserOf(
  readSockets: ReadSockets = readTables,
  now: () => number = () => performance.now(),
): (caller: Caller) => number | undefined {
  const known = new WeakMap<ConnectionPorts, number>();
  let latest: { readonly users: Users; readonly at: number } | undefined;
  return ({ peer, ports }) => {
    if (ports === undefined) return undefined;
    let user = known.get(ports);
    if (user !== undefined) return user;
    if (latest !== undefined && ports.since < latest.at) user = userIn(latest.users, peer, ports);
    if (user === undefined) {
      const at = now();
      latest = { users: usersOf(readSockets()), at };
      user = userIn(latest.users, peer, ports);
    }
    if (user !== undefined) known.set(ports, user);
    return user;
  };
}

function usersOf(table: string): Users {
  const users = new Map<string, number[]>();
  for (const line of table.split('\n')) {
    const [, local = '', remote = '', state, , , , user] = line.trim().split(/\s+/);
    if (state !== established) continue;
    const end = `${local}>${remote.slice(remote.lastIndexOf(':') + 1)}`;
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

function readTables(): string {
  return readTable('/proc/net/tcp') + readTable('/proc/net/tcp6');
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // Not every system tells; then nobody is known.
    return '';
  }
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
