import { readFileSync } from 'node:fs';
import type { Caller, ConnectionPorts } from '../../protocol/infer';

/** Lists the TCP sockets of this machine, or of the container, with their users. */
export type ReadSockets = () => string;

/** The state of a connection that both sides have open. */
const established = '01';

/** The number that users have who have none here. */
const nobody = 65_534;

/**
 * Tells the system user who has the other end of a connection from this machine, as the kernel's
 * table of sockets says; undefined where it does not, or not without doubt. The table is read once
 * for each connection: that takes a tenth of a millisecond, more where there are thousands of them.
 */
export function createUserOf(
  readSockets: ReadSockets = readTables,
): (caller: Caller) => number | undefined {
  const known = new WeakMap<ConnectionPorts, number>();
  return ({ peer, ports }) => {
    if (ports === undefined) return undefined;
    const user = known.get(ports) ?? userIn(readSockets(), peer, ports);
    if (user !== undefined) known.set(ports, user);
    return user;
  };
}

function userIn(table: string, peer: string, ports: ConnectionPorts): number | undefined {
  const users = new Set<number>();
  const addresses = addressesOf(peer).map((address) => `${address}:${portText(ports.peer)}`);
  const ownPort = `:${portText(ports.own)}`;
  for (const line of table.split('\n')) {
    const [, local = '', remote = '', state, , , , user] = line.trim().split(/\s+/);
    if (state !== established || !addresses.includes(local) || !remote.endsWith(ownPort)) continue;
    users.add(Number(user));
  }
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
