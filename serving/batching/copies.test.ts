import { context, floats, request } from '../../tests/support/servables';
import { batcher, doubler, DoublingHost } from '../../tests/support/doubling-host';

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
