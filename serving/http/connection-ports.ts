import type { Socket } from 'node:net';
import type { ConnectionPorts } from '../../protocol/infer';

const known = new WeakMap<Socket, ConnectionPorts>();

/**
 * The ports of a TCP connection, the same object for as long as it is open; undefined where it is
 * over, or none. Asked as soon as it is accepted, so that it is known since when it has been open.
 */
export function portsOf(socket: Socket): ConnectionPorts | undefined {
  const found = known.get(socket);
  if (found !== undefined) return found;
  const { remotePort, localPort } = socket;
  if (remotePort === undefined || localPort === undefined) return undefined;
  const ports = { peer: remotePort, own: localPort, since: performance.now() };
  known.set(socket, ports);
  return ports;
}
