import { ShoalError } from '../../core/errors';
import { silentLogger } from '../../core/logging';
import type { VersionEntry } from '../../protocol/catalog';
import { hostCatalog, modelEntry, versionEntry } from '../../tests/support/catalogs';
import { fakeRegistry, knownHost } from '../../tests/support/fake-registry';
import type { HostRequest } from './host-calls';
import type { HostReply } from './host-reply';
import { named } from './named-version';

const naming = { model: 'm', version: 2, id: 'r' };
const path = '/modelhost/models/m';
const away = { state: 'unloaded', onDemand: true } as const;
const never = { ...away, neverLoaded: true } as const;

function hostWith(id: string, version: Partial<VersionEntry>, revision = '1') {
  const versions = [versionEntry(1), versionEntry(2, version)];
  const catalog = { ...hostCatalog(id, [modelEntry('m', { versions })]), revision };
  return knownHost(id, { catalog });
}

type Demand = (host: string, request: HostRequest) => Promise<HostReply>;

/** Hosts that have the version loaded as `demand` says where they are asked to. */
function cluster(demand: Demand, waitMs = 5000) {
  const registry = fakeRegistry([]);
  const calls: string[] = [];
  const call = (url: string, request: HostRequest): Promise<HostReply> => {
    const host = url.replace(/^http:\/\/|:8000$/g, '');
    calls.push(`${host} ${request.method} ${request.path}`);
    if (request.path.endsWith('/demand')) return demand(host, request);
    const body = { generation: 2, held: false, loads: true };
    return Promise.resolve({ status: 200, host, body });
  };
  const parts = { registry, call, waitMs, logger: silentLogger() };
  const name = () => named(parts, naming, () => Promise.resolve('given'));
  return { registry, calls, name };
}

const loads: Demand = (host) => Promise.resolve({ status: 200, host, body: {} });

test('who would load it only when it is asked for loads it first', async () => {
  let body: unknown;
  const { registry, calls, name } = cluster((host, request) => {
    body = request.body;
    return loads(host, request);
  });
  registry.set([hostWith('a', {}), hostWith('b', never), hostWith('c', away)]);
  expect(await name()).toBe('given');
  expect(calls).toEqual([`a PUT ${path}/held/2`, `b POST ${path}/demand`]);
  expect(body).toEqual({ version: 2, timeout_ms: expect.any(Number) as number });
});

test('who cannot is named with the reason, and nothing has changed', async () => {
  const refusal = { error: 'It needs 300 MiB.', code: 'insufficient_memory' };
  const { registry, name } = cluster((host) =>
    Promise.resolve({ status: 507, host, body: refusal }),
  );
  registry.set([hostWith('a', {}), hostWith('b', never)]);
  await expect(name()).rejects.toMatchObject({
    code: 'model_rejected',
    message:
      "Modelhost b cannot serve version 2 of model 'm': It needs 300 MiB. Nothing has changed.",
    details: { fields: { hosts: [{ state: 'ready' }, { host: 'b', state: 'failed' }] } },
  });
});

test('who did not answer is asked again when it has changed, and not before', async () => {
  let lost = true;
  const { registry, calls, name } = cluster((host, request) =>
    lost ? Promise.reject(new ShoalError('host_lost', 'gone')) : loads(host, request),
  );
  registry.set([hostWith('b', never)]);
  const naming = name();
  await new Promise((resolve) => setImmediate(resolve));
  registry.set([hostWith('b', never)]);
  expect(calls.filter((call) => call.endsWith('demand'))).toHaveLength(1);
  lost = false;
  registry.set([hostWith('b', never, '2')]);
  expect(await naming).toBe('given');
});

test('a host that has gone is not waited for; one that does not come in time is said', async () => {
  const { registry, name } = cluster(() => new Promise(() => undefined), 20);
  const late: Demand = () => Promise.reject(new ShoalError('deadline_exceeded', 'late'));
  const slow = cluster(late, 20);
  slow.registry.set([hostWith('a', {}), hostWith('b', never)]);
  await expect(slow.name()).rejects.toMatchObject({
    code: 'deadline_exceeded',
    message: expect.stringMatching(/^Nothing has changed.*: b\.$/) as string,
  });
  registry.set([hostWith('a', {}), { ...hostWith('b', never), draining: true }]);
  expect(await name()).toBe('given');
});

test('a host that hangs over its first load is not waited for once it is forgotten', async () => {
  const { registry, calls, name } = cluster(
    (_host, { signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          reject(new ShoalError('host_lost', 'it is given up'));
        });
      }),
  );
  registry.set([hostWith('a', {}), hostWith('b', never)]);
  const naming = name();
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls.filter((call) => call.endsWith('demand'))).toHaveLength(1);
  registry.set([hostWith('a', {})]);
  expect(await naming).toBe('given');
});
