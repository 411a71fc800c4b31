import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import { ShoalError } from '../../core/errors';
import { askAnyHost, hostsToAsk, hostToUploadTo } from './any-host';
import type { CallHost } from './host-calls';

const ids = ['a', 'b', 'c'];
const models = Array.from({ length: 30 }, (_, number) => `m${number}`);
const all = fakeRegistry(ids.map((id) => knownHost(id)));
const backwards = fakeRegistry([...ids].reverse().map((id) => knownHost(id)));

test('uploads are spread over the hosts by the names of their models, everywhere alike', () => {
  const chosen = models.map((model) => hostToUploadTo(all, model).id);
  for (const id of ids) expect(chosen.filter((each) => each === id).length).toBeGreaterThan(4);
  expect(models.map((model) => hostToUploadTo(backwards, model).id)).toEqual(chosen);
});

test('those that leave, are not ready or are not reached have none, as long as others are there', () => {
  const none = [{ draining: true }, { ready: false }, { silent: true }, { leftOut: true }];
  for (const changes of none) {
    const registry = fakeRegistry([knownHost('a'), knownHost('b', changes)]);
    expect(new Set(models.map((model) => hostToUploadTo(registry, model).id))).toEqual(
      new Set(['a']),
    );
  }
  const silent = fakeRegistry([knownHost('a', { silent: true })]);
  expect(hostToUploadTo(silent, 'm').id).toBe('a');
  expect(() => hostToUploadTo(fakeRegistry([]), 'm')).toThrow(/No modelhost is there/);
});

describe('a host that is frozen', () => {
  const request = { method: 'POST', path: '/x', requestId: '', timeoutMs: 300_000 } as const;
  const [a, b] = [knownHost('a'), knownHost('b')];
  const silentA = knownHost('a', { silent: true });
  const asked: string[] = [];
  const call: CallHost = (url, { signal }) => {
    asked.push(url);
    if (url === b.url) return Promise.resolve({ status: 200, host: 'b', body: {} });
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new ShoalError('host_lost', 'it is given up'));
      });
    });
  };

  beforeEach(() => {
    asked.length = 0;
  });

  test('is given up when nothing is heard of it, and another is asked', async () => {
    const registry = fakeRegistry([a, b]);
    const answered = askAnyHost({ registry, call }, request);
    registry.set([silentA, b]);
    expect(await answered).toMatchObject({ host: 'b' });
    expect(asked).toEqual([a.url, b.url]);
  });

  test('is asked last once nothing is heard of it', async () => {
    const registry = fakeRegistry([silentA, b]);
    expect(hostsToAsk(registry).map(({ id }) => id)).toEqual(['b', 'a']);
    await askAnyHost({ registry, call }, request);
    expect(asked).toEqual([b.url]);
  });

  test('is waited for where it is alone, until it is forgotten', async () => {
    const registry = fakeRegistry([a]);
    const answered = askAnyHost({ registry, call }, request);
    registry.set([silentA]);
    registry.set([]);
    await expect(answered).rejects.toMatchObject({ code: 'host_lost' });
  });
});
