import { BlockList, isIP } from 'node:net';

const words: Readonly<Record<string, readonly string[]>> = {
  none: [],
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Reads a comma-separated list of addresses, networks and the words above; throws an Error. */
export function parseProxies(text: string): BlockList {
  const trusted = new BlockList();
  const entries = text.split(',').map((entry) => entry.trim());
  for (const entry of entries.flatMap((name) => words[name] ?? [name])) addNetwork(trusted, entry);
  return trusted;
}

function addNetwork(trusted: BlockList, entry: string): void {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = isIP(address);
  const bits = family === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (family === 0 || rest.length > 0 || length < 0 || length > bits) {
    throw new Error('wanted addresses, networks such as 10.0.0.0/8, loopback, private or none');
  }
  trusted.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * The client's address behind trusted proxies: the rightmost entry of X-Forwarded-For that no
 * trusted proxy has, read only as far as trusted proxies wrote it. Without one, the peer itself.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusted: BlockList,
): string {
  let client = plainAddress(peer);
  if (forwardedFor === undefined || forwardedFor === '') return client;
  const hops = forwardedFor.split(',');
  while (hops.length > 0 && isTrusted(client, trusted)) {
    const next = plainAddress((hops.pop() ?? '').trim());
    if (isIP(next) === 0) break;
    client = next;
  }
  return client;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Without port, brackets, zone, and the IPv6 form of an IPv4 address. */
function plainAddress(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text);
  let address = bracketed?.[1] ?? text;
  if (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(address)) address = address.slice(0, address.indexOf(':'));
  const zone = address.indexOf('%');
  if (zone !== -1) address = address.slice(0, zone);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}
