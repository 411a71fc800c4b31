import type { HostRegistry, KnownHost } from '../../inferrer/hosts/host-registry';

/** A registry whose hosts a test sets; every change is looked at by whoever waits. */
export interface FakeRegistry extends HostRegistry {
  set(hosts: readonly KnownHost[]): void;
}

export function fakeRegistry(first: readonly KnownHost[]): FakeRegistry {
  let hosts = first;
  const waiting = new Set<() => void>();
  return {
    hosts: () => hosts,
    set(next) {
      hosts = next;
      for (const look of [...waiting]) look();
    },
    until(predicate, deadline, signal) {
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve(predicate(hosts));
        };
        const leftMs = Math.max(0, deadline - performance.now());
        const timer = setTimeout(end, Math.min(leftMs, 2 ** 31 - 1));
        signal?.addEventListener('abort', end);
        function look(): void {
          if (!predicate(hosts)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(true);
        }
        waiting.add(look);
        look();
      });
    },
  };
}

export function knownHost(id: string, changes: Partial<KnownHost> = {}): KnownHost {
  return {
    id,
    url: `http://${id}:8000`,
    ready: true,
    draining: false,
    runners: [],
    member: { id },
    catalog: { host: id, revision: '1', models: [] },
    ...changes,
  };
}
