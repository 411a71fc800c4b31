/** What may happen, in groups; of what was found together, an earlier group is told first. */
export const changeGroups = [
  ['host.left'],
  ['host.joined'],
  ['host.starting', 'host.ready', 'host.silent', 'host.left_out'],
  ['runner.died'],
  ['runner.started'],
  ['runner.replaced'],
  ['runner.left'],
  ['model.added', 'model.loaded', 'model.described'],
  ['version.stored'],
  ['version.loaded', 'version.failed'],
  ['version.live'],
  ['canary.begun', 'canary.step', 'canary.promoted', 'canary.rolled_back', 'canary.ended'],
  ['default.set'],
  ['label.set', 'label.removed'],
  ['variants.set', 'variants.removed'],
  ['shadow.set', 'shadow.removed'],
  ['version.down'],
  ['version.unloaded'],
  ['version.deleted'],
  ['model.unloaded', 'model.deleted'],
  ['host.draining'],
] as const;

export type ChangeName = (typeof changeGroups)[number][number];

/** Something that is otherwise than it was. */
export interface Change {
  readonly name: ChangeName;
  readonly data: { readonly model?: string } & Readonly<Record<string, unknown>>;
}

const groupOf = Object.fromEntries(
  changeGroups.flatMap((names, group) => names.map((name) => [name, group] as const)),
) as Readonly<Record<ChangeName, number>>;

/** In the order in which they are told; within a group they stay as they are. */
export function inOrder(changes: readonly Change[]): Change[] {
  return [...changes].sort((one, other) => groupOf[one.name] - groupOf[other.name]);
}
