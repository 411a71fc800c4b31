import { isIPv4, isIPv6, type BlockList } from 'node:net';
import type { Caller } from '../../protocol/infer';
import { clientAddress } from '../http/client-address';
import { bearerToken, findToken, type Token } from '../http/tokens';
import { RecentTable } from './recent-table';

/** Who a caller is to the limits. Not for labels or answers. */
export type NameClient = (caller: Caller) => string;

/** Addresses and tokens whose meaning is remembered. */
const remembered = 8192;
/** Longer lists of addresses are read anew each time. */
const longestKept = 200;

/**
 * A client is its token where it shows one that is known, else its address behind the trusted
 * proxies: a network of 64 bits for IPv6, because that is what one customer gets.
 */
export function createClientNames(tokens: readonly Token[], trusted: BlockList): NameClient {
  const addresses = new RecentTable(remembered, (text) => addressName(text, trusted));
  const named = new RecentTable(remembered, (authorization) => tokenName(tokens, authorization));
  return (caller) => {
    const shown = tokens.length === 0 ? undefined : caller.header('authorization');
    const name = shown === undefined ? '' : named.of(shown);
    if (name !== '') return name;
    const forwarded = caller.header('x-forwarded-for');
    if (forwarded === undefined) return addresses.of(caller.peer);
    const text = `${caller.peer} ${forwarded}`;
    return text.length > longestKept ? addressName(text, trusted) : addresses.of(text);
  };
}

/** Tokens without a name are told apart by their place in the list. */
function tokenName(tokens: readonly Token[], authorization: string): string {
  const presented = bearerToken(authorization);
  const token = presented === undefined ? undefined : findToken(tokens, presented);
  if (token === undefined) return '';
  return token.name === '' ? `token ${tokens.indexOf(token)}` : `token of ${token.name}`;
}

/** `text` is the peer's address, and behind a space what it forwards. */
function addressName(text: string, trusted: BlockList): string {
  const space = text.indexOf(' ');
  const peer = space === -1 ? text : text.slice(0, space);
  return networkOf(clientAddress(peer, space === -1 ? undefined : text.slice(space + 1), trusted));
}

/** Written anew, so that every spelling of an address is the same client. */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address.split('.').map(Number).join('.');
  if (!isIPv6(address)) return '';
  const [head = '', tail] = address.split('::');
  const first = groupsOf(head);
  const rest = tail === undefined ? [] : groupsOf(tail);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - rest.length);
  return [...first, ...Array<number>(zeros).fill(0), ...rest]
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}

/** The groups of one side; an IPv4 address at the end stands for two. */
function groupsOf(side: string): number[] {
  if (side === '') return [];
  return side.split(':').flatMap((group) => (group.includes('.') ? [0, 0] : [parseInt(group, 16)]));
}
