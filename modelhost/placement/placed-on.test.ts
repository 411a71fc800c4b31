import type { Member } from '../../protocol/cluster/heartbeat';
import type { Placement } from '../../protocol/placement';
import { assignmentOf, placedOn } from './placed-on';

const six: readonly Member[] = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((id) => ({ id }));
const two: Placement = { copies: 2, labels: {} };
const models = Array.from({ length: 3000 }, (_, number) => `model-${number}`);

const on = (placement: Placement, members: readonly Member[], model = 'm'): string[] =>
  placedOn(placement, model, members)
    .map(({ id }) => id)
    .sort();

describe('which hosts are to have a model', () => {
  test('so many as it wants copies, the same ones in whatever order they are known', () => {
    expect(on(two, six)).toHaveLength(2);
    expect(on(two, six.toReversed())).toEqual(on(two, six));
    expect(on({ copies: 9, labels: {} }, six)).toHaveLength(6);
  });

  test('evenly', () => {
    const counts = six.map(({ id }) => models.filter((m) => on(two, six, m).includes(id)).length);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  test('a host that comes moves only what it gets, one that goes only what it had', () => {
    for (const model of models.slice(0, 500)) {
      const [before, after] = [on(two, six.slice(0, 5), model), on(two, six, model)];
      const moved = before.filter((id) => !after.includes(id));
      expect(moved.length).toBe(after.includes('h6') ? 1 : 0);
    }
  });

  test('by labels, by host, by both, and so many of those', () => {
    const members = six.map((member, at) => ({
      ...member,
      labels: { machine: at < 3 ? 'large' : 'small', zone: at % 2 === 0 ? 'a' : 'b' },
    }));
    const labelled = (labels: Placement['labels'], copies: number | null = null): string[] =>
      on({ copies, labels }, members);
    expect(labelled({ machine: ['large'] })).toEqual(['h1', 'h2', 'h3']);
    expect(labelled({ machine: ['large'], zone: ['b'] })).toEqual(['h2']);
    expect(labelled({ host: ['h1', 'h5'] })).toEqual(['h1', 'h5']);
    expect(labelled({ machine: ['large', 'small'], zone: ['a'] })).toEqual(['h1', 'h3', 'h5']);
    expect(labelled({ machine: ['large'] }, 1)).toHaveLength(1);
    expect(labelled({ constructor: ['x'] })).toEqual([]);
  });

  test('one that leaves is not counted, unless it is the only one that fits', () => {
    const leaving = six.map((member) =>
      member.id === 'h1' ? { ...member, leaving: true } : member,
    );
    const only = { copies: null, labels: { host: ['h1'] } };
    expect(on({ copies: null, labels: {} }, leaving)).not.toContain('h1');
    expect(on(only, leaving)).toEqual(['h1']);
  });
});

describe('where a version is to be, for one host', () => {
  const placed = { model: 'm', version: 1, placement: { copies: null, labels: { host: ['h2'] } } };
  const place = (own: string, serving: readonly string[] | undefined, has: boolean) =>
    assignmentOf(placed, own, [{ id: 'h1' }, { id: 'h2', ...(serving && { serving }) }], has);

  test.each([
    ['here', place('h2', [], false)],
    ['elsewhere', place('h1', [], false)],
    ['kept, as the other does not have it yet', place('h1', ['m:2', 'x:1'], true)],
    ['elsewhere, as the other has it', place('h1', ['m:1'], true)],
    ['elsewhere, as hosts of an earlier release have everything', place('h1', undefined, true)],
    ['unknown', assignmentOf(placed, 'h1', undefined, true)],
  ])('%s', (kind, found) => {
    expect(found.kind).toBe(kind.split(',')[0]);
  });

  test('elsewhere, on the same hosts in whatever order they are known', () => {
    const spread = { ...placed, placement: { copies: null, labels: { host: ['h2', 'h3'] } } };
    const known = six.slice(0, 3);
    const found = [known, known.toReversed()].map((all) => assignmentOf(spread, 'h1', all, false));
    expect(found).toEqual(Array(2).fill({ kind: 'elsewhere', hosts: ['h2', 'h3'] }));
  });

  test('nowhere, with what was wanted and who has what', () => {
    const placement = { copies: 1, labels: { machine: ['large', 'huge'] } };
    const members = [{ id: 'h1' }, { id: 'h2', labels: { machine: 'small', zone: 'a' } }];
    expect(assignmentOf({ ...placed, placement }, 'h1', members, true)).toEqual({
      kind: 'nowhere',
      reason:
        'no modelhost has the labels that its placement wants, machine=large|huge: ' +
        'h1 has none; h2 has machine=small, zone=a',
    });
    const many = Array.from({ length: 12 }, (_, at) => ({ id: `h${at}` }));
    const { reason } = assignmentOf({ ...placed, placement }, 'h1', many, true) as {
      reason: string;
    };
    expect(reason).toMatch(/h7 has none; and 2 more$/);
  });
});
