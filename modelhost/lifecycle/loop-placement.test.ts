import { silentLogger } from '../../core/logging';
import { storedMeta as meta } from '../../tests/support/fake-check';
import { FakeSupervisor } from '../../tests/support/fake-supervisor';
import { emptyConfig } from '../model-config/model-config';
import { Placements } from '../placement/placements';
import { noState } from '../repository/model-state';
import { emptySnapshot, type Snapshot } from '../repository/snapshot';
import { createLifecycle } from './loop';

/** A model that one host is to have. */
function snapshot(): Snapshot {
  const config = { ...emptyConfig, placement: { copies: 1, labels: { fit: ['yes'] } } };
  const versions = [{ model: 'm', version: 1, path: '/m', meta, config, key: 'k' }];
  const state = { ...noState, generation: 3, default: 1 };
  const model = { name: 'm', state, versions, broken: [], unadopted: [], leftovers: [] };
  return { ...emptySnapshot, models: new Map([['m', model]]) };
}

const fit = { fit: 'yes' };
/** Of these two the hash gives the model to the second. */
const [own, other] = ['h2', 'h1'];

function start() {
  const supervisor = new FakeSupervisor();
  const placements = new Placements({
    host: own,
    labels: fit,
    alone: false,
    serves: (model, version) => supervisor.location(model, version)?.state === 'ready',
    onAssigned: () => undefined,
    logger: silentLogger(),
  });
  const lifecycle = createLifecycle({
    supervisor,
    placements,
    fetch: () => Promise.resolve(),
    removeVersion: () => Promise.resolve(),
    logger: silentLogger(),
  });
  const until = (condition: () => boolean): Promise<void> =>
    lifecycle.until(condition, performance.now() + 20_000, 'the test goes on');
  const tell = (...members: readonly object[]): void => {
    placements.tell('i1', [{ id: own, labels: fit }, ...(members as { id: string }[])]);
  };
  return { supervisor, lifecycle, placements, until, tell };
}

describe('the loop, of what is not on all hosts', () => {
  test('loads nothing of it, and begins the generation, where others are to have it', async () => {
    const { lifecycle, supervisor, until, tell } = start();
    tell({ id: other, labels: fit, serving: [] });
    lifecycle.want(snapshot());
    await until(() => lifecycle.settled());
    expect(supervisor.events).toEqual(['generation m 3']);
    expect(lifecycle.assignmentOf('m', 1)).toEqual({ kind: 'elsewhere', hosts: [other] });
    lifecycle.close();
  });

  test('loads it when the other has gone, and unloads it when that is back and has it', async () => {
    const { lifecycle, supervisor, until, tell } = start();
    tell({ id: other, labels: fit, serving: [] });
    lifecycle.want(snapshot());
    tell();
    await until(() => lifecycle.models().get('m')?.versions.get(1)?.state === 'ready');
    tell({ id: other, labels: fit, serving: [] });
    await until(() => lifecycle.settled());
    expect([supervisor.loaded.has('m:1'), lifecycle.assignmentOf('m', 1)?.kind]).toEqual([
      true,
      'kept',
    ]);
    tell({ id: other, labels: fit, serving: ['m:1'] });
    await until(() => lifecycle.models().get('m')?.versions.size === 0);
    expect(supervisor.events.at(-1)).toBe('unload m:1');
    lifecycle.close();
  });
});
