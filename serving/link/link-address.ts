import type { NetConnectOpts } from 'node:net';

/** `unix:<path>` or `tcp:<host>:<port>`, as node:net wants it; throws a RangeError otherwise. */
export function parseLinkAddress(address: string): NetConnectOpts {
  if (address.startsWith('unix:') && address.length > 5) return { path: address.slice(5) };
  const tcp = /^tcp:(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = tcp?.[1] ?? tcp?.[2];
  const port = Number(tcp?.[3]);
  if (host === undefined || port < 1 || port > 65535) {
    throw new RangeError(`wanted unix:<path> or tcp:<host>:<port>, found ${address}`);
  }
  return { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 5000 };
}
