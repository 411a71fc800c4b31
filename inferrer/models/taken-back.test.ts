import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import {
  cluster,
  fault,
  generation5,
  held,
  reply,
  send,
  serving,
  turn,
  v1,
  type Answer,
} from '../../tests/support/scripted-cluster';

describe('an upload whose last steps fail', () => {
  const full = reply(507, { error: 'No room.', code: 'insufficient_storage' });
  const kept = /^No room\. Version 2 of 'm' is stored, and was not taken back: /;
  test.each<[string, Answer, string, RegExp]>([
    [
      'it is taken back',
      () => reply(204, { generation: 1 }),
      'insufficient_storage',
      /^No room\.$/,
    ],
    ['that cannot be either', () => full, 'insufficient_storage', kept],
    [
      'it is the default all the same',
      () => reply(409, { error: 'Version 2 is the default.', code: 'conflict' }),
      'insufficient_storage',
      /not taken back: Version 2 is the default\.$/,
    ],
    [
      'nothing is there any more',
      () => reply(404, { error: 'No version 2.', code: 'unknown_version' }),
      'insufficient_storage',
      /^No room\.$/,
    ],
  ])('a default that cannot be written: %s', async (_what, deleted, code, message) => {
    const { models, calls } = cluster([serving('a', held)], (host, request) =>
      request.method === 'DELETE' ? deleted(host, request) : full,
    );
    const error = await fault(models.upload('m', send, 'r'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(calls.map((call) => call.split(' ')[1])).toEqual(['POST', 'DELETE']);
  });

  test('a default that is made and that not all follow in time stays, and that is said', async () => {
    const { models, calls } = cluster([serving('a', held)], generation5, 20);
    const error = await fault(models.upload('m', send, 'r'));
    expect(error.code).toBe('deadline_exceeded');
    expect(error.message).toMatch(/is made, but .*: a\. Version 2 is the default of 'm'\.$/);
    expect(calls).toHaveLength(1);
  });

  test.each([
    ['deleted', { versions: [v1] }],
    ['unloaded', { versions: [v1, versionEntry(2, { state: 'unloaded' })], unloaded: true }],
  ] as const)('a version that is %s meanwhile is not waited for', async (what, changes) => {
    const coming = modelEntry('m', { versions: [v1, versionEntry(2, { state: 'loading' })] });
    const { models, registry } = cluster([serving('a', coming)], () => reply(204));
    const body = { version: 2, created: true, promote: true, sha256: 'ab', generation: 4 };
    const upload = fault(models.upload('m', () => Promise.resolve(reply(201, body)), 'r'));
    registry.set([serving('a', modelEntry('m', { generation: 5, ...changes }))]);
    const { code, message } = await upload;
    expect([code, message]).toEqual(['model_rejected', expect.stringContaining(`it was ${what}`)]);
  });

  const failed = modelEntry('m', {
    versions: [v1, versionEntry(2, { state: 'failed', reason: 'out of memory' })],
  });

  test('what is taken back is told of when all hosts have forgotten it', async () => {
    const deleted = reply(204, { generation: 5 });
    const { models, registry } = cluster([serving('a', held), serving('b', failed)], () => deleted);
    let told = false;
    const upload = fault(models.upload('m', send, 'r')).finally(() => {
      told = true;
    });
    const gone = modelEntry('m', { generation: 5, versions: [v1] });
    registry.set([serving('a', gone), serving('b', failed)]);
    await turn();
    expect(told).toBe(false);
    registry.set([serving('a', gone), serving('b', undefined)]);
    expect((await upload).message).toMatch(/^Modelhost b cannot serve .* Nothing has changed\.$/);
  });

  test('a host that does not act on what is taken back is not waited for without end', async () => {
    const deleted = reply(204, { generation: 5 });
    const { models } = cluster([serving('b', failed)], () => deleted, 20);
    expect((await fault(models.upload('m', send, 'r'))).code).toBe('model_rejected');
  });

  test('where a host of an earlier build does not say when that is, none is waited for', async () => {
    const { models } = cluster([serving('b', failed)], () => reply(204, { generation: NaN }));
    const error = fault(models.upload('m', send, 'r'));
    const first = await Promise.race([error, turn().then(turn)]);
    expect(first).toMatchObject({ code: 'model_rejected' });
  });

  test('what a host cannot serve and cannot be taken back is said to be there', async () => {
    const { models } = cluster([serving('a', held), serving('b', failed)], () => full);
    const { message } = await fault(models.upload('m', send, 'r'));
    expect(message).toMatch(/^Modelhost b cannot serve .* out of memory\. Version 2 .* No room\./);
    expect(message).not.toContain('Nothing has changed');
  });
});
