import type { Member } from '../../protocol/cluster/heartbeat';
import { placedKey, type Placement } from '../../protocol/placement';
import { affinity } from '../../serving/dispatch/affinity';

/** Where a version is to be, as one host sees it. */
export type Assignment =
  /** On this host. */
  | { readonly kind: 'here' }
  /** On others, which do not all have it yet: it stays here until they do. */
  | { readonly kind: 'kept'; readonly hosts: readonly string[] }
  | { readonly kind: 'elsewhere'; readonly hosts: readonly string[] }
  /** No host is labelled as its placement wants. */
  | { readonly kind: 'nowhere'; readonly reason: string }
  /** Nothing is known of the other hosts yet. */
  | { readonly kind: 'unknown' };

/** A version that is not simply on all hosts. */
export interface Placed {
  readonly model: string;
  readonly version: number;
  readonly placement: Placement;
}

/**
 * The hosts that are to have a version: of those that fit, and stay if any do, as many as it wants
 * copies, chosen by rendezvous hashing of the model's name. Everybody who knows the same hosts finds
 * the same ones; a host that comes or goes moves only what it gets or had.
 */
export function placedOn(
  { copies, labels }: Placement,
  model: string,
  members: readonly Member[],
): readonly Member[] {
  const fitting = members.filter((member) => fits(member, labels));
  const staying = fitting.filter(({ leaving }) => leaving !== true);
  const able = staying.length > 0 ? staying : fitting;
  if (copies === null) return able;
  return able
    .map((member) => ({ member, number: affinity(member.id, model) }))
    .sort((a, b) => b.number - a.number || (a.member.id < b.member.id ? -1 : 1))
    .slice(0, copies)
    .map(({ member }) => member);
}

/**
 * Where a version is to be, for the host with this id.
 *
 * @param members all hosts, this one as well; undefined while they are not known
 * @param has this host has loaded it, or is at it
 */
export function assignmentOf(
  { model, version, placement }: Placed,
  own: string,
  members: readonly Member[] | undefined,
  has: boolean,
): Assignment {
  if (members === undefined) return { kind: 'unknown' };
  const chosen = placedOn(placement, model, members);
  if (chosen.length === 0) return { kind: 'nowhere', reason: noneFits(placement, members) };
  if (chosen.some(({ id }) => id === own)) return { kind: 'here' };
  // In one order, whichever inferrer has told of the hosts last.
  const hosts = chosen.map(({ id }) => id).sort();
  const key = placedKey(model, version);
  // A host of an earlier release does not say what it has, and has everything.
  const there = chosen.every(({ serving }) => serving?.includes(key) ?? true);
  return { kind: has && !there ? 'kept' : 'elsewhere', hosts };
}

function fits({ id, labels = {} }: Member, wanted: Placement['labels']): boolean {
  return Object.entries(wanted).every(([name, values]) => {
    const value = name === 'host' ? id : Object.hasOwn(labels, name) ? labels[name] : undefined;
    return value !== undefined && values.includes(value);
  });
}

/** So many hosts are named in a reason. */
const mostNamed = 10;

function noneFits({ labels }: Placement, members: readonly Member[]): string {
  const wanted = Object.entries(labels).map(([name, values]) => `${name}=${values.join('|')}`);
  const byName = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const has = byName.slice(0, mostNamed).map(({ id, labels: own = {} }) => {
    const said = Object.entries(own).map(([name, value]) => `${name}=${value}`);
    return `${id} has ${said.join(', ') || 'none'}`;
  });
  if (members.length > mostNamed) has.push(`and ${members.length - mostNamed} more`);
  return `no modelhost has the labels that its placement wants, ${wanted.join(', ')}: ${has.join('; ')}`;
}
