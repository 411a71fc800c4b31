import { silentLogger } from '../../core/logging';
import type { Member } from '../../protocol/cluster/heartbeat';
import { storedMeta as meta } from '../../tests/support/fake-check';
import { emptyConfig } from '../model-config/model-config';
import { noState } from '../repository/model-state';
import type { ModelSnapshot } from '../repository/snapshot';
import { wantedOf } from '../lifecycle/wanted';
import { Placements } from './placements';

/** A model that only the host with this id is to have. */
function modelOn(name: string, host: string): ModelSnapshot {
  const config = { ...emptyConfig, placement: { copies: null, labels: { host: [host, 'spare'] } } };
  const stored = { model: name, version: 1, path: '', meta, config, key: 'k' };
  const state = { ...noState, generation: 1, default: 1 };
  return { name, state, versions: [stored], broken: [], unadopted: [], leftovers: [] };
}

function start({ alone = false }: { readonly alone?: boolean } = {}) {
  const said: string[] = [];
  const loaded = new Set<string>();
  const placements = new Placements({
    host: 'h1',
    labels: { zone: 'a' },
    alone,
    serves: (model) => loaded.has(model),
    onAssigned: (place) => said.push(place),
    logger: silentLogger(),
  });
  const models = new Map([modelOn('own', 'h1'), modelOn('other', 'h2')].map((m) => [m.name, m]));
  const wanted = new Map([...models].map(([name, model]) => [name, wantedOf(model)]));
  const here = (): string[] =>
    [...placements.here(models, wanted, (model) => loaded.has(model))]
      .filter(([, { versions }]) => versions.size > 0)
      .map(([name]) => name);
  let changes = 0;
  placements.onChange(() => {
    changes += 1;
    here();
  });
  const kindOf = (model: string) => placements.assignmentOf(model, 1)?.kind;
  return { placements, loaded, said, here, kindOf, changes: () => changes };
}

const h1: Member = { id: 'h1' };
const h2: Member = { id: 'h2', serving: [] };

describe('placements', () => {
  test('nothing that is not on all hosts is loaded before other hosts are known', async () => {
    const { placements, here, kindOf } = start();
    expect([here(), kindOf('own')]).toEqual([[], 'unknown']);
    const known = placements.known(60_000);
    placements.tell('i1', [h1, h2]);
    await known;
    expect([kindOf('own'), kindOf('other')]).toEqual(['here', 'elsewhere']);
    expect(here()).toEqual(['own']);
  });

  test('a host alone knows that there are no others', () => {
    const { here, kindOf } = start({ alone: true });
    expect([here(), kindOf('other')]).toEqual([['own'], 'nowhere']);
  });

  test('who listens is told of changes only, and each decision is said once', () => {
    const { placements, here, said, changes } = start();
    placements.tell('i1', [h1, h2]);
    here();
    placements.tell('i1', [h1, { ...h2, labels: { zone: 'b' } }]);
    expect([changes(), said]).toEqual([0, ['here', 'elsewhere']]);
    placements.tell('i1', [h1]);
    expect([changes(), said.at(-1)]).toEqual([1, 'nowhere']);
  });

  test('what is loaded here and is to be elsewhere stays until it is loaded there', () => {
    const { placements, here, kindOf, loaded } = start();
    loaded.add('other');
    placements.tell('i1', [h1, h2]);
    expect(here()).toEqual(['own', 'other']);
    expect(kindOf('other')).toBe('kept');
    placements.tell('i1', [h1, { ...h2, serving: ['other:1'] }]);
    expect(kindOf('other')).toBe('elsewhere');
  });

  test('whoever one of several inferrers knows is there; the last word stays', () => {
    const { placements, here, kindOf } = start();
    placements.tell('i1', [h1, h2]);
    placements.tell('i2', [h1]);
    here();
    expect(kindOf('other')).toBe('elsewhere');
    placements.lost('i1');
    expect(kindOf('other')).toBe('nowhere');
    placements.tell('i1', [h1, h2]);
    placements.lost('i2');
    placements.lost('i1');
    expect(kindOf('other')).toBe('elsewhere');
  });

  test('an inferrer that comes for one that has gone knows better', () => {
    const { placements, here, kindOf } = start();
    placements.tell('i1', [h1, h2]);
    here();
    placements.lost('i1');
    placements.tell('i2', [h1]);
    expect(kindOf('other')).toBe('nowhere');
  });

  test('a host tells its labels, and what it can answer of what is not on all hosts', () => {
    const { placements, here, loaded } = start();
    here();
    loaded.add('own').add('on-all-hosts');
    expect(placements.told()).toEqual({ labels: { zone: 'a' }, serving: ['own:1'] });
  });

  test('one that leaves waits until others have what they are to have', async () => {
    const { placements, here, loaded, kindOf } = start();
    placements.tell('i1', [h1, h2, { id: 'spare', serving: [] }]);
    here();
    loaded.add('own');
    const told: object[] = [];
    const left = placements.leave(() => Promise.resolve(void told.push(placements.told())), 60_000);
    await Promise.resolve();
    expect([told.length, kindOf('own')]).toEqual([1, 'kept']);
    expect(told[0]).toMatchObject({ leaving: true, serving: ['own:1'] });
    placements.tell('i1', [h1, h2, { id: 'spare', serving: ['own:1'] }]);
    await left;
    expect(kindOf('own')).toBe('elsewhere');
  });

  test('one that leaves asks again who has it: who had it before may have left it to this host', async () => {
    const { placements, here, loaded, kindOf } = start();
    const told = (...serving: string[]): void => {
      placements.tell('i1', [h1, h2, { id: 'spare', serving }]);
    };
    told('own:1');
    here();
    loaded.add('own');
    const answered = (): Promise<void> => {
      told();
      return Promise.resolve();
    };
    const left = placements.leave(answered, 60_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(kindOf('own')).toBe('kept');
    told('own:1');
    await left;
    expect(kindOf('own')).toBe('elsewhere');
  });

  test('one that leaves does not wait where nobody else can have it', async () => {
    const { placements, here, loaded, kindOf } = start();
    placements.tell('i1', [h1, h2]);
    here();
    loaded.add('own');
    await placements.leave(() => Promise.reject(new Error('nothing to tell')), 60_000);
    expect(kindOf('own')).toBe('here');
  });
});
