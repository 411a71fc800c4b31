import { ShoalError } from '../../core/errors';
import { hostCatalog, modelEntry } from '../../tests/support/catalogs';
import { knownHost } from '../../tests/support/fake-registry';
import { servable } from '../../tests/support/servables';
import type { HostReply } from '../models/host-reply';
import { createGenerationCheck } from './generation-check';

const resolvedWith = (generation: number) => ({ ...servable([], []), generation });

/** Hosts that answer when told to. */
function setUp(hosts = ['h-1', 'h-2']) {
  const asked: { url: string; path: string; answer: (reply: HostReply | Error) => void }[] = [];
  const known = hosts.map((id) => knownHost(id, { catalog: hostCatalog(id, [modelEntry('m')]) }));
  const check = createGenerationCheck(
    () => known,
    (url, { path }) =>
      new Promise((resolve, reject) => {
        const answer = (reply: HostReply | Error): void => {
          if (reply instanceof Error) reject(reply);
          else resolve(reply);
        };
        asked.push({ url, path, answer });
      }),
  );
  return { check, asked };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const says = (generation: unknown, status = 200): HostReply => {
  return { status, host: 'h', body: { generation } };
};

test.each<[string, HostReply | Error, boolean]>([
  ['the same generation', says(4), true],
  ['an earlier one: the later has not been acknowledged', says(3), true],
  ['a later one', says(5), false],
  ['nothing, being of an earlier release', says(undefined, 404), false],
  ['nonsense', says('4'), false],
  ['nothing at all', new ShoalError('host_lost', ''), false],
])('a host answers by %s', async (_what, reply, confirmed) => {
  const { check, asked } = setUp();
  const answer = check(resolvedWith(4));
  await turn();
  expect(asked).toMatchObject([{ url: 'http://h-1:8000', path: '/cluster/generation/m' }]);
  asked[0]!.answer(reply);
  expect(await answer).toBe(confirmed);
});

test('nothing is confirmed where nobody can be asked', async () => {
  expect(await setUp([]).check(resolvedWith(4))).toBe(false);
});

test('who comes while a question is under way shares the next, and hosts take turns', async () => {
  const { check, asked } = setUp();
  const first = [check(resolvedWith(4)), check(resolvedWith(4))];
  await turn();
  const second = [check(resolvedWith(4)), check(resolvedWith(4))];
  await turn();
  expect(asked).toHaveLength(1);
  asked[0]!.answer(says(4));
  expect(await Promise.all(first)).toEqual([true, true]);
  await turn();
  expect(asked.map(({ url }) => url)).toEqual(['http://h-1:8000', 'http://h-2:8000']);
  asked[1]!.answer(says(5));
  expect(await Promise.all(second)).toEqual([false, false]);
  void check(resolvedWith(4));
  await turn();
  expect(asked).toHaveLength(3);
});
