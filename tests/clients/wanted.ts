import { allWays, titleOf, waysOf, type Client, type Way } from './client';
import { clients } from './clients';

/** Clients with one of the parts in their titles; all where there are no parts. */
export function wantedClients(parts: readonly string[]): readonly Client[] {
  return clients.filter((client) => has(parts, titleOf(client)));
}

/** The ways on which something of them is tried, of those with one of `some` in their names. */
export function wantedWays(parts: readonly string[], some: readonly string[]): readonly Way[] {
  const ways = new Set(
    wantedClients(parts).flatMap(({ checks }) => checks.flatMap((check) => waysOf(check))),
  );
  return allWays.filter((way) => ways.has(way) && has(some, way));
}

/** What an environment variable with parts, separated by commas, holds. */
export function partsIn(text = ''): readonly string[] {
  return text.split(',').filter((part) => part !== '');
}

function has(parts: readonly string[], name: string): boolean {
  return parts.length === 0 || parts.some((part) => name.includes(part));
}
