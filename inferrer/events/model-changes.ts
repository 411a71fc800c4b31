import type { Canary, CanaryAction, CanaryDecision } from '../../protocol/canary/canary';
import { isServed, type ModelEntry, type VersionEntry } from '../../protocol/catalog';
import type { Traffic } from '../../protocol/versions/traffic';
import type { Change, ChangeName } from './change';

/** What has become of one model in the cluster, its versions and who answers for it. */
export function modelChanges(
  was: ModelEntry | undefined,
  is: ModelEntry | undefined,
): readonly Change[] {
  if (is === undefined) {
    return was === undefined ? [] : [{ name: 'model.deleted', data: { model: was.name } }];
  }
  const before = was ?? nothingOf(is);
  return [
    ...(was === undefined ? [changed(is, 'model.added')] : []),
    ...(before.description === is.description || was === undefined
      ? []
      : [changed(is, 'model.described')]),
    ...unloadChanges(before, is),
    ...versionChanges(before, is),
    ...canaryChanges(before, is),
    ...nameChanges(before, is),
    ...trafficChanges(before, is),
  ];
}

/** What was decided before the model was seen is history. */
function nothingOf({ name, canary }: ModelEntry): ModelEntry {
  return {
    name,
    generation: 0,
    defaultVersion: 0,
    labels: {},
    description: '',
    versions: [],
    ...(canary === undefined ? {} : { canary }),
  };
}

function changed(model: ModelEntry, name: ChangeName, data: object = {}): Change {
  return { name, data: { model: model.name, generation: model.generation, ...data } };
}

function unloadChanges(was: ModelEntry, is: ModelEntry): readonly Change[] {
  const [before, now] = [was.unloaded === true, is.unloaded === true];
  return before === now ? [] : [changed(is, now ? 'model.unloaded' : 'model.loaded')];
}

function versionChanges(was: ModelEntry, is: ModelEntry): readonly Change[] {
  const old = new Map(was.versions.map((entry) => [entry.version, entry]));
  const changes: Change[] = [];
  for (const entry of is.versions) {
    const { version, reason, state } = entry;
    const before = old.get(version);
    old.delete(version);
    if (before === undefined) changes.push(changed(is, 'version.stored', { version }));
    const [lived, lives] = [isLive(was, before), isLive(is, entry)];
    if (lives && !lived) changes.push(changed(is, 'version.live', { version }));
    if (!lives && lived) {
      const why = reason === '' ? {} : { reason: reason.slice(0, 500) };
      changes.push(changed(is, 'version.down', { version, state, ...why }));
    }
  }
  for (const version of old.keys()) changes.push(changed(is, 'version.deleted', { version }));
  return changes;
}

/** Whether requests for it are answered. */
export function isLive(model: ModelEntry, version: VersionEntry | undefined): boolean {
  return version !== undefined && model.unloaded !== true && isServed(version);
}

const canaryNames: Readonly<Record<CanaryAction, ChangeName>> = {
  begin: 'canary.begun',
  step: 'canary.step',
  promote: 'canary.promoted',
  roll_back: 'canary.rolled_back',
  end: 'canary.ended',
};

function canaryChanges(was: ModelEntry, is: ModelEntry): readonly Change[] {
  const { canary } = is;
  if (canary === undefined) return [];
  return newDecisions(was.canary, canary).map(({ action, at, share, reason }) =>
    changed(is, canaryNames[action], { version: canary.version, share, reason, decided: at }),
  );
}

/** Only the last ones are remembered in the state, so that their number says nothing. */
function newDecisions(was: Canary | undefined, is: Canary): readonly CanaryDecision[] {
  if (was === is) return [];
  const last = was?.id === is.id ? JSON.stringify(was.decisions.at(-1)) : undefined;
  const known = is.decisions.findLastIndex((decision) => JSON.stringify(decision) === last);
  return is.decisions.slice(known + 1);
}

function nameChanges(was: ModelEntry, is: ModelEntry): readonly Change[] {
  const changes: Change[] = [];
  const standard = is.defaultVersion;
  if (standard !== was.defaultVersion) {
    const before = was.defaultVersion === 0 ? {} : { before: was.defaultVersion };
    changes.push(changed(is, 'default.set', { version: standard, ...before }));
  }
  const labels = new Map(Object.entries(was.labels));
  for (const [label, version] of Object.entries(is.labels)) {
    const before = labels.get(label);
    labels.delete(label);
    if (before === version) continue;
    const from = before === undefined ? {} : { before };
    changes.push(changed(is, 'label.set', { label, version, ...from }));
  }
  for (const [label, before] of labels) {
    changes.push(changed(is, 'label.removed', { label, before }));
  }
  return changes;
}

const untried: Traffic = { variants: [] };

function trafficChanges(was: ModelEntry, is: ModelEntry): readonly Change[] {
  const { shadow: copied, ...spread } = was.traffic ?? untried;
  const { shadow, ...now } = is.traffic ?? untried;
  const changes: Change[] = [];
  if (JSON.stringify(spread) !== JSON.stringify(now)) {
    const all = now.variants.length > 0;
    changes.push(changed(is, all ? 'variants.set' : 'variants.removed', all ? now : {}));
  }
  if (JSON.stringify(copied) !== JSON.stringify(shadow)) {
    changes.push(changed(is, shadow === undefined ? 'shadow.removed' : 'shadow.set', shadow));
  }
  return changes;
}
