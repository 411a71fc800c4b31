import { context, floats, request } from '../../tests/support/servables';
import { batcher, doubler, DoublingHost, turn } from '../../tests/support/doubling-host';
import { isBusy } from './busy';

test('copies for a shadow share no run with those who wait for an answer', async () => {
  const host = new DoublingHost();
  const subject = batcher(host.run);
  const model = doubler();
  const ask = (parameters = new Map<string, boolean>(), copy?: true): Promise<unknown> => {
    const asked = request(model, [floats('x', [1, 2], [1, 2])]);
    return subject.infer({ ...asked, parameters }, context(copy && { copy }));
  };
  // The last as an inferrer sends one to a host.
  const sent = new Map([['shoal_copies', true]]);
  await Promise.all([ask(), ask(undefined, true), ask(), ask(sent)]);
  subject.close();
  expect(host.batches.map(({ rows, copies }) => [rows, copies])).toEqual([
    [2, false],
    [2, true],
  ]);
});

test('copies that wait keep no other copies from being made, requests do', async () => {
  const host = new DoublingHost();
  host.hold = true;
  const subject = batcher(host.run);
  const model = doubler({ maxRows: 2 });
  const ask = (copy?: true): Promise<unknown> => {
    const asked = request(model, [floats('x', [1, 2], [1, 2])]);
    return subject.infer(asked, context(copy && { copy })).catch(() => undefined);
  };
  const all = [ask()];
  await turn();
  for (let copies = 0; copies < 8; copies += 1) all.push(ask(true));
  expect([subject.waiting(), isBusy(subject)]).toMatchObject([[{ rows: 8, copyRows: 8 }], false]);
  for (let requests = 0; requests < 3; requests += 1) all.push(ask());
  expect([subject.waiting(), isBusy(subject)]).toMatchObject([[{ rows: 11, copyRows: 8 }], true]);
  subject.close();
  host.held.forEach((release) => {
    release();
  });
  await Promise.all(all);
});
