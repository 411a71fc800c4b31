import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import { hostToUploadTo } from './any-host';

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
