import { Blame, type Verdict } from './blame';

const limits = { deaths: 2, windowMs: 1000 };

test.each<[string, readonly number[], number, Verdict]>([
  ['nothing happened', [], 0, 'innocent'],
  ['one death', [0], 0, 'suspect'],
  ['one death just inside the window', [0], 999, 'suspect'],
  ['one death long ago', [0], 1000, 'innocent'],
  ['two deaths', [0, 500], 500, 'quarantined'],
  ['two deaths too far apart', [0, 1000], 1000, 'suspect'],
  ['two deaths, the first forgotten', [0, 500], 1200, 'suspect'],
  ['two deaths, both forgotten', [0, 500], 1500, 'innocent'],
])('%s', (_name, deaths, now, wanted) => {
  const blame = new Blame(limits);
  for (const at of deaths) blame.add('m:1', at);
  expect(blame.verdict('m:1', now)).toBe(wanted);
  expect(blame.verdict('m:2', now)).toBe('innocent');
});
