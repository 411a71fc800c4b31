import { ShoalError } from '../../core/errors';
import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import { knownHost } from '../../tests/support/fake-registry';
import {
  cluster,
  fault,
  flipped,
  generation5,
  held,
  old,
  reply,
  send,
  serving,
  turn,
  v1,
  v2,
  type Answer,
} from '../../tests/support/scripted-cluster';

async function waits(work: Promise<unknown>): Promise<void> {
  let done = false;
  void work.finally(() => {
    done = true;
  });
  await turn();
  expect(done).toBe(false);
}

describe('upload', () => {
  test('becomes default when all serve it, and is done when all have switched', async () => {
    const { models, registry, calls } = cluster(
      [serving('a', old), serving('b', old)],
      generation5,
    );
    let done = false;
    const steps: [string, object][] = [];
    const tell = (step: string, data: object): unknown => steps.push([step, data]);
    const upload = models.upload('m', send, 'r', tell).finally(() => {
      done = true;
    });
    registry.set([serving('a', held), serving('b', old)]);
    await turn();
    expect(calls).toEqual([]);
    registry.set([serving('a', held), serving('b', held)]);
    await turn();
    expect(calls).toEqual(['a POST /modelhost/models/m/default']);
    registry.set([serving('a', flipped), serving('b', held)]);
    await turn();
    expect(done).toBe(false);
    registry.set([serving('a', flipped), serving('b', flipped)]);
    expect(await upload).toMatchObject({
      version: 2,
      created: true,
      sha256: 'ab',
      ignored: ['x'],
      hosts: [
        { host: 'a', version: 2, state: 'ready' },
        { host: 'b', version: 2, state: 'ready' },
      ],
    });
    expect(steps).toMatchObject([
      ['stored', { version: 2, created: true }],
      ['loaded', { host: 'a', version: 2 }],
      ['loaded', { host: 'b', version: 2 }],
      ['live', { version: 2 }],
    ]);
  });

  test('one host that cannot serve it takes it back, with a line per host', async () => {
    const failed = modelEntry('m', {
      versions: [v1, versionEntry(2, { state: 'failed', reason: 'out of memory' })],
    });
    const hosts = [serving('a', held), serving('b', failed)];
    const { models, calls } = cluster(hosts, () => reply(204, { generation: 1 }));
    const error = await fault(models.upload('m', send, 'r'));
    expect(error.code).toBe('model_rejected');
    expect(error.message).toMatch(/Modelhost b .* out of memory/);
    expect(error.details.fields).toMatchObject({
      hosts: [
        { host: 'a', state: 'ready' },
        { host: 'b', state: 'failed', reason: 'out of memory' },
      ],
    });
    expect(calls).toEqual(['a DELETE /modelhost/models/m:2']);
  });

  test.each([
    [true, ['a DELETE /modelhost/models/m:2', 'a POST /modelhost/models/m/unload']],
    [false, ['a POST /modelhost/models/m/unload']],
  ])('a model that was unloaded is unloaded again, created: %s', async (created, wanted) => {
    const body = { version: 2, created, promote: true, sha256: 'ab', wasUnloaded: true };
    const hosts = [serving('a', held), serving('b', old)];
    const bodies: unknown[] = [];
    const answer: Answer = (_host, { method, body: asked }) => {
      if (method === 'POST') bodies.push(asked);
      return reply(200, { generation: 4 });
    };
    const { models, calls } = cluster(hosts, answer, 20);
    await fault(models.upload('m', () => Promise.resolve(reply(201, body)), 'r'));
    expect([calls, bodies]).toEqual([wanted, [{ version: 2 }]]);
  });

  test('a host that never comes takes it back in time', async () => {
    const hosts = [serving('a', held), serving('b', old)];
    const { models, calls } = cluster(hosts, () => reply(204, { generation: 4 }), 20);
    const error = await fault(models.upload('m', send, 'r'));
    expect([error.code, error.message]).toEqual([
      'deadline_exceeded',
      expect.stringMatching(/taken back.*: b\./),
    ]);
    expect(calls).toEqual(['a DELETE /modelhost/models/m:2']);
  });

  test('hosts that die or drain while we wait are not waited for', async () => {
    const { models, registry } = cluster([serving('a', held), serving('b', old)], generation5);
    const upload = models.upload('m', send, 'r');
    await turn();
    registry.set([serving('a', held), { ...serving('b', old), draining: true }]);
    await turn();
    registry.set([serving('a', flipped)]);
    expect((await upload).hosts).toMatchObject([{ host: 'a' }]);
  });

  test('the switch goes to another host when the first has died', async () => {
    const { models, registry, calls } = cluster([serving('a', held), serving('b', held)], (host) =>
      host === 'a' ? new ShoalError('host_lost', 'gone') : reply(200, { generation: 5 }),
    );
    const upload = models.upload('m', send, 'r');
    await turn();
    registry.set([serving('b', flipped)]);
    expect((await upload).version).toBe(2);
    expect(calls.map((call) => call.slice(0, 6))).toEqual(['a POST', 'b POST']);
  });

  test('the same bytes again change nothing', async () => {
    const generation = held.generation;
    const same = reply(200, { version: 1, generation, created: false, promote: false });
    const { models, calls } = cluster([serving('a', held)], generation5);
    const uploaded = await models.upload('m', () => Promise.resolve(same), 'r');
    expect(uploaded).toMatchObject({ version: 1, created: false, hosts: [{ state: 'ready' }] });
    expect(calls).toEqual([]);
  });

  test('the same bytes again, of a model that was unloaded, wait until all hosts have it', async () => {
    const same = reply(200, { version: 1, generation: 5, created: false, promote: false });
    const { models, registry } = cluster([serving('a', flipped), serving('b', old)], generation5);
    let done = false;
    const upload = models
      .upload('m', () => Promise.resolve(same), 'r')
      .finally(() => {
        done = true;
      });
    await turn();
    expect(done).toBe(false);
    registry.set([serving('a', flipped), serving('b', flipped)]);
    expect((await upload).hosts).toMatchObject([{ host: 'a' }, { host: 'b' }]);
  });

  test.each([
    ['a new version', { version: 2, created: true, promote: true }],
    ['the same bytes again', { version: 2, created: false, promote: false }],
  ])('%s, of a model that was unloaded, waits for its other versions, too', async (_what, body) => {
    const back = { ...body, sha256: 'ab', generation: 5, wasUnloaded: true };
    const coming = { ...flipped, versions: [versionEntry(1, { state: 'loading' }), v2] };
    const { models, registry } = cluster(
      [serving('a', flipped), serving('b', coming)],
      generation5,
    );
    const upload = models.upload('m', () => Promise.resolve(reply(200, back)), 'r');
    await waits(upload);
    // One that cannot be loaded is nothing to wait for.
    const failed = { ...flipped, versions: [versionEntry(1, { state: 'failed' }), v2] };
    registry.set([serving('a', flipped), serving('b', failed)]);
    expect((await upload).version).toBe(2);
  });

  test("the host's refusal is passed on in its words", async () => {
    const refusal = reply(422, { error: 'No custom ops.', code: 'model_rejected' });
    const { models } = cluster([serving('a', old)], generation5);
    const error = await fault(models.upload('m', () => Promise.resolve(refusal), 'r'));
    expect([error.code, error.message]).toEqual(['model_rejected', 'No custom ops.']);
  });

  test('without hosts there is nobody to ask', async () => {
    const { models } = cluster([knownHost('a', { ready: false })], generation5);
    expect((await fault(models.upload('m', send, 'r'))).code).toBe('no_host');
  });
});

describe('other changes', () => {
  test('a deletion is done when no host has the model', async () => {
    const { models, registry, calls } = cluster(
      [serving('a', old), serving('b', old)],
      generation5,
    );
    let done = false;
    const removal = models.remove('m', '', 'r').finally(() => {
      done = true;
    });
    registry.set([serving('a', undefined), serving('b', old)]);
    await turn();
    expect(done).toBe(false);
    registry.set([serving('a', undefined), serving('b', undefined)]);
    await removal;
    expect(calls).toEqual(['a DELETE /modelhost/models/m']);
  });

  test('a version is deleted by its number; unknown ones are the answer of one host', async () => {
    const hosts = [serving('a', flipped), serving('b', flipped)];
    const { models, calls } = cluster(hosts, (_host, { path }) =>
      path.endsWith(':1')
        ? reply(204, { generation: 5 })
        : reply(404, { error: 'No version 9.', code: 'unknown_version' }),
    );
    await models.remove('m', '1', 'r');
    expect((await fault(models.remove('m', '9', 'r'))).code).toBe('unknown_version');
    expect(calls).toHaveLength(2);
  });

  test('a host that dies within a deletion leaves it open whether there was anything', async () => {
    const { models } = cluster([serving('a', old), serving('b', undefined)], (host) =>
      host === 'a'
        ? new ShoalError('host_lost', 'gone')
        : reply(404, { error: 'No model m.', code: 'unknown_model' }),
    );
    expect((await fault(models.remove('m', '', 'r'))).code).toBe('host_lost');
  });

  test('default and description wait for the generation', async () => {
    const { models, registry } = cluster([serving('a', held)], generation5, 20);
    expect((await fault(models.setDefault('m', 2, 'r'))).code).toBe('deadline_exceeded');
    registry.set([serving('a', flipped)]);
    expect(await models.setDefault('m', 2, 'r')).toMatchObject([{ host: 'a', version: 2 }]);
    expect(await models.describe('m', 'text', 'r')).toMatchObject([{ host: 'a' }]);
  });

  test('a load waits until all hosts have tried all versions', async () => {
    const coming = { ...flipped, versions: [versionEntry(1, { state: 'new' }), v2] };
    const { models, registry } = cluster([serving('a', flipped), serving('b', coming)], () =>
      reply(200, { generation: 5, version: 2 }),
    );
    const load = models.load('m', 'r');
    await waits(load);
    const onDemand = versionEntry(1, { state: 'loading', onDemand: true });
    registry.set([serving('b', { ...flipped, versions: [onDemand, v2] })]);
    expect(await load).toMatchObject([{ host: 'b', version: 2, state: 'ready' }]);
  });

  test('an update asks all and says what each answered', async () => {
    const hosts = [serving('a', old), serving('b', old), knownHost('c', { draining: true })];
    const { models } = cluster(hosts, (host) =>
      host === 'a' ? reply(200) : new ShoalError('host_lost', 'gone'),
    );
    expect(await models.update('r')).toMatchObject([
      { node: 'a', code: 200 },
      { node: 'b', code: 503 },
    ]);
  });
});
