import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import { createTellHosts } from './tell-hosts';

test('an inferrer tells the hosts once it knows them all, and says when one comes or is to go', () => {
  let now = 0;
  let changed: () => void = () => undefined;
  let told = 0;
  const registry = fakeRegistry([]);
  const directory = {
    hosts: () => registry.hosts(),
    onChange: (listener: () => void) => {
      changed = listener;
      return () => undefined;
    },
  };
  const tell = createTellHosts({ directory, clock: () => now }, () => (told += 1));
  const set = (...members: readonly object[]): void => {
    registry.set(members.map((member) => knownHost('h', { member: { id: 'h', ...member } })));
    changed();
  };
  set({});
  expect([tell(), told]).toEqual([{}, 1]);
  now = 2_000;
  set({ serving: ['m:1'] });
  expect(told).toBe(1);
  expect(tell()).toEqual({ hosts: [{ id: 'h', serving: ['m:1'] }] });
  set({ leaving: true });
  set();
  expect(told).toBe(3);
});
