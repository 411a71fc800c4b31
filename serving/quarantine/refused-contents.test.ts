import type { RefusedContent } from '../../protocol/cluster/heartbeat';
import { RefusedContents } from './refused-contents';

const model = { model: 'm', version: 1 };

function content(hash: string, leftMs = 1000): RefusedContent {
  return { ...model, hash, leftMs, reason: 'it ended with SIGABRT', overMemory: false };
}

test('a content is refused with the reason until its time is over', () => {
  const contents = new RefusedContents();
  expect([contents.any, contents.concerns(model, 0)]).toEqual([false, false]);
  contents.add(content('x'), 0);
  expect([contents.any, contents.concerns(model, 999)]).toEqual([true, true]);
  const refusal = contents.refusal(model, 'x', 999);
  expect(refusal).toMatchObject({ code: 'request_quarantined' });
  expect(refusal?.message).toMatch(/SIGABRT.*another 1 s/);
  expect(contents.refusal(model, 'y', 0)).toBeUndefined();
  expect(contents.refusal({ ...model, version: 2 }, 'x', 0)).toBeUndefined();
  expect(contents.refusal(model, 'x', 1000)).toBeUndefined();
  expect([contents.concerns(model, 1000), contents.any]).toEqual([false, false]);
});

test('one that took too much memory is refused for that', () => {
  const contents = new RefusedContents();
  contents.add({ ...content('x'), overMemory: true }, 0);
  expect(contents.refusal(model, 'x', 0)).toMatchObject({ code: 'insufficient_memory' });
  expect(contents.list(0)).toMatchObject([{ overMemory: true }]);
});

test('what is told again stays as long as the longest says', () => {
  const contents = new RefusedContents();
  contents.add(content('x', 1000), 0);
  contents.add(content('x', 100), 10);
  expect(contents.list(500)).toEqual([content('x', 500)]);
});

test('there are never more than two hundred of a version; the oldest go', () => {
  const contents = new RefusedContents();
  for (let index = 0; index < 250; index += 1) contents.add(content(`h${index}`), 0);
  const hashes = contents.list(0).map(({ hash }) => hash);
  expect([hashes.length, hashes[0], hashes.at(-1)]).toEqual([200, 'h50', 'h249']);
});
