import type { Canary, CanaryDecision } from '../../protocol/canary/canary';
import type { ModelEntry } from '../../protocol/catalog';
import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import { createDice } from '../../tests/support/faults/dice';
import type { Change } from './change';
import { clusterChanges } from './cluster-changes';
import { following, snapshotOf, type ClusterSnapshot } from './cluster-snapshot';
import { modelChanges } from './model-changes';
import { stateJson } from './state-json';

const decision = (action: CanaryDecision['action'], share: number): CanaryDecision => ({
  at: `2026-01-01T00:00:0${share % 10}.000Z`,
  action,
  share,
  reason: `because of ${share}`,
});
const canary = (id: string, ...decisions: CanaryDecision[]): Canary => ({
  version: 2,
  steps: [1, 50],
  everyMs: 1000,
  limits: { errorRate: 0, latencyRatio: null, disagreement: null, minRequests: 1 },
  id,
  state: 'stepping',
  step: 0,
  decisions,
});
const stepping = (one?: Canary): ModelEntry => {
  const versions = [versionEntry(1), versionEntry(2)];
  return modelEntry('m', {
    generation: 7,
    versions,
    ...(one === undefined ? {} : { canary: one }),
  });
};
const names = (before: ModelEntry | undefined, now: ModelEntry): string[] =>
  modelChanges(before, now).map(({ name, data }) => `${name} ${String(data['share'])}`);
const begun = decision('begin', 1);
const back = decision('roll_back', 0);

test('every decision is told once, with its reason, whatever came in between', () => {
  const later = canary('c', begun, decision('step', 50), back);
  expect(names(stepping(), stepping(later))).toEqual([
    'canary.begun 1',
    'canary.step 50',
    'canary.rolled_back 0',
  ]);
  expect(names(stepping(canary('c', begun)), stepping(later))).toEqual([
    'canary.step 50',
    'canary.rolled_back 0',
  ]);
  const told: Change = {
    name: 'canary.rolled_back',
    data: {
      model: 'm',
      generation: 7,
      version: 2,
      share: 0,
      reason: 'because of 0',
      decided: '2026-01-01T00:00:00.000Z',
    },
  };
  const taken = stepping(canary('c', begun, back));
  expect(modelChanges(stepping(canary('c', begun)), taken)).toEqual([told]);
});

test('another one of the same model begins from the beginning', () => {
  expect(names(stepping(canary('c', begun, back)), stepping(canary('d', begun)))).toEqual([
    'canary.begun 1',
  ]);
});

test('of the state only the last decisions are left: those are new', () => {
  const many = [2, 3, 4].map((share) => decision('step', share));
  expect(names(stepping(canary('c', begun, many[0]!)), stepping(canary('c', ...many)))).toEqual([
    'canary.step 3',
    'canary.step 4',
  ]);
});

test('what was decided before the model was seen is history', () => {
  expect(names(undefined, stepping(canary('c', begun)))).not.toContain('canary.begun 1');
});

describe('while hosts die and come, which know different generations,', () => {
  /** Each state of the model, with one decision more than before. */
  const states: ModelEntry[] = [];
  const told: string[] = [];
  for (const id of ['c', 'd', 'e']) {
    const decisions: CanaryDecision[] = [];
    for (const [at, action] of (['begin', 'step', 'roll_back'] as const).entries()) {
      decisions.push({ ...decision(action, at), reason: `${id} ${action}` });
      const generation = states.length + 1;
      states.push({ ...stepping(canary(id, ...decisions)), generation });
      told.push(`${id} ${action}`);
    }
  }

  const reasons = (before: ClusterSnapshot, now: ClusterSnapshot): string[] =>
    clusterChanges(before, now)
      .filter(({ name }) => name.startsWith('canary.'))
      .map(({ data }) => String(data['reason']));

  test('each decision is told once, in order, wherever the newest is known', () => {
    const dice = createDice(3);
    for (let run = 0; run < 200; run += 1) {
      let seen = following(snapshotOf([], []), snapshotOf([], [states[0]!]));
      const heard: string[] = [];
      for (let newest = 0; newest < states.length - 1;) {
        const back = dice() < 0.4;
        newest += back ? 0 : 1;
        const at = back ? Math.max(0, newest - 1 - Math.floor(dice() * 4)) : newest;
        const now = following(seen, snapshotOf([], [states[at]!]));
        heard.push(...reasons(seen, now));
        expect(now.models?.[0]?.canary).toEqual(states[newest]!.canary);
        seen = now;
      }
      expect(heard).toEqual(told.slice(1));
    }
  });

  test('a model that was deleted begins anew', () => {
    let seen = following(snapshotOf([], []), snapshotOf([], [states[8]!]));
    seen = following(seen, snapshotOf([], []));
    const found = snapshotOf([], [states[0]!]);
    expect(following(seen, found).models).toEqual(found.models);
  });
});

test('the state has what was decided, for who has missed it', () => {
  const taken = { ...canary('c', begun, back), state: 'rolled_back' } as const;
  expect(stateJson(snapshotOf([], [stepping(taken)]), 'm')).toMatchObject({
    models: [
      {
        model: 'm',
        canary: { version: 2, state: 'rolled_back', share: 0, decisions: [begun, back] },
      },
    ],
  });
});
