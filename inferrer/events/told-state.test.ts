import type { ModelEntry, VersionEntry } from '../../protocol/catalog';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { knownHost } from '../../tests/support/fake-registry';
import { createDice } from '../../tests/support/faults/dice';
import { clusterChanges } from './cluster-changes';
import type { Change, ChangeName } from './change';
import { snapshotOf, type ClusterSnapshot } from './cluster-snapshot';

/** A model as somebody knows it who has heard nothing but events. */
interface Heard {
  default: number;
  readonly labels: Map<string, number>;
  readonly live: Set<number>;
  readonly loaded: Set<string>;
}

const dice = createDice(7);
const whole = (below: number): number => Math.floor(dice() * below);
const states: readonly Partial<VersionEntry>[] = [
  { state: 'ready' },
  { state: 'loading' },
  { state: 'failed', reason: 'no' },
  { state: 'unloaded', onDemand: true },
];

function someModel(name: string): ModelEntry {
  const versions = [1, 2, 3]
    .filter(() => dice() < 0.7)
    .map((version) => versionEntry(version, states[whole(states.length)]));
  const labels = ['a', 'b'].filter(() => dice() < 0.5).map((label) => [label, 1 + whole(3)]);
  const labelled = Object.fromEntries(labels) as Record<string, number>;
  return modelEntry(name, { defaultVersion: 1 + whole(3), labels: labelled, versions });
}

/** The host has what the cluster has: it is alone. */
function someCluster(): ClusterSnapshot {
  const models = ['m', 'n'].filter(() => dice() < 0.8).map(someModel);
  return snapshotOf([knownHost('h', { catalog: hostCatalog('h', models) })], models);
}

function truth({ models }: ClusterSnapshot): Map<string, Heard> {
  return new Map(
    models!.map(({ name, defaultVersion, labels, versions }) => {
      const those = (which: (entry: VersionEntry) => boolean): number[] =>
        versions.filter(which).map(({ version }) => version);
      const loaded = those(({ state }) => state === 'ready').map((version) => `h ${version}`);
      const live = those(({ state, onDemand }) => state === 'ready' || onDemand === true);
      return [
        name,
        {
          default: defaultVersion,
          labels: new Map(Object.entries(labels)),
          live: new Set(live),
          loaded: new Set(loaded),
        },
      ];
    }),
  );
}

interface Said {
  readonly version: number;
  readonly label: string;
  readonly host: string;
}

/** What a follower makes of an event about a model that it knows. */
const hearing: Readonly<Partial<Record<ChangeName, (one: Heard, said: Said) => void>>> = {
  'default.set': (one, { version }) => {
    one.default = version;
  },
  'label.set': ({ labels }, { label, version }) => labels.set(label, version),
  'label.removed': ({ labels }, { label }) => labels.delete(label),
  'version.live': ({ live }, { version }) => live.add(version),
  'version.down': ({ live }, { version }) => live.delete(version),
  'version.deleted': ({ live }, { version }) => live.delete(version),
  'version.loaded': ({ loaded }, { host, version }) => loaded.add(`${host} ${version}`),
  'version.unloaded': ({ loaded }, { host, version }) => loaded.delete(`${host} ${version}`),
  'version.failed': ({ loaded }, { host, version }) => loaded.delete(`${host} ${version}`),
};

function hear(known: Map<string, Heard>, { name, data }: Change): void {
  const { model = '' } = data;
  if (name === 'model.added') {
    known.set(model, { default: 0, labels: new Map(), live: new Set(), loaded: new Set() });
  }
  if (name === 'model.deleted') known.delete(model);
  const one = known.get(model);
  if (one !== undefined) hearing[name]?.(one, data as unknown as Said);
}

test('who hears every event knows what the inferrer knows, after any changes', () => {
  let before = snapshotOf([knownHost('h')], []);
  const known = new Map<string, Heard>();
  for (let look = 0; look < 500; look++) {
    const now = someCluster();
    for (const change of clusterChanges(before, now)) hear(known, change);
    expect(known).toEqual(truth(now));
    before = now;
  }
});
