import { Blame, type CountedDeath, type Judgement } from './blame';

const limits = { windowMs: 1000, quarantineMs: 5000 };

/** A death with this content, of a runner that had answered nothing. */
function by(content: string, more: Partial<CountedDeath> = {}): CountedDeath {
  return { content, repeated: false, loading: false, answered: 0, ...more };
}

/** One death after the other, 100 ms apart. */
function judge(deaths: readonly CountedDeath[]): Judgement | undefined {
  const blame = new Blame(limits);
  return deaths.map((death, index) => blame.add('m:1', death, 100 * index)).at(-1);
}

const answered = { answered: 10 };

test.each<[string, readonly CountedDeath[], Judgement['verdict'], boolean]>([
  ['one death, nobody knows of what', [by('')], 'suspect', false],
  ['one death of a known content', [by('x')], 'suspect', false],
  ['the same content twice', [by('x'), by('x')], 'suspect', true],
  ['a content that was lost before', [by('x', { repeated: true })], 'suspect', true],
  ['another content than before', [by('x', answered), by('y')], 'suspect', false],
  ['two contents, and nothing was ever answered', [by('x'), by('y')], 'quarantined', false],
  [
    'twice in loading',
    [by('', { loading: true }), by('', { loading: true })],
    'quarantined',
    false,
  ],
  ['four of nobody knows what', [by(''), by(''), by(''), by('')], 'suspect', false],
  ['five of nobody knows what', [by(''), by(''), by(''), by(''), by('')], 'quarantined', false],
  [
    'four contents of a model that answers others',
    [by('a', answered), by('b', answered), by('c', answered), by('d', answered)],
    'suspect',
    false,
  ],
  [
    'five contents, though it answers others',
    [by('a', answered), by('b', answered), by('c', answered), by('d', answered), by('e')],
    'quarantined',
    false,
  ],
])('%s', (_name, deaths, verdict, refuseContent) => {
  expect(judge(deaths)).toEqual({ verdict, refuseContent });
});

test('deaths are forgotten, and other versions have nothing to do with them', () => {
  const blame = new Blame(limits);
  blame.add('m:1', by('x'), 0);
  expect(blame.verdict('m:1', 999)).toBe('suspect');
  expect(blame.verdict('m:1', 1000)).toBe('innocent');
  expect(blame.verdict('m:2', 0)).toBe('innocent');
  expect(blame.add('m:1', by('x'), 1000)).toEqual({ verdict: 'suspect', refuseContent: false });
});

test('a quarantine ends, and then the version has a clean record', () => {
  const blame = new Blame(limits);
  blame.add('m:1', by('', { loading: true }), 0);
  blame.add('m:1', by('', { loading: true }), 10);
  expect([blame.verdict('m:1', 5009), blame.leftMs('m:1', 5009)]).toEqual(['quarantined', 1]);
  expect([blame.verdict('m:1', 5010), blame.leftMs('m:1', 5010)]).toEqual(['innocent', 0]);
});
