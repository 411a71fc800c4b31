import { ShoalError } from '../../core/errors';
import { modelEntry, versionEntry } from '../../tests/support/catalogs';
import {
  cluster,
  fault,
  flipped,
  old,
  reply,
  serving,
  turn,
  v1,
  type Answer,
} from '../../tests/support/scripted-cluster';
import type { HostReply } from './host-reply';

const failed = modelEntry('m', {
  generation: 5,
  versions: [v1, versionEntry(2, { state: 'failed', reason: 'out of memory' })],
});
const loadCall = 'a POST /modelhost/models/m/load';
const keepCall = 'a POST /modelhost/models/m/loaded';
const unloadCall = 'a POST /modelhost/models/m/unload';
const why = "Modelhost b cannot serve version 2 of model 'm': out of memory.";
const full = reply(507, { error: 'No room.', code: 'insufficient_storage' });

interface Answers {
  readonly was?: object;
  readonly kept?: HostReply | ShoalError;
  readonly unloaded?: HostReply;
}

/** What is sent in calls to unload goes to `bodies`. */
function answers(
  { was = { wasUnloaded: true }, kept = reply(200), unloaded = reply(200) }: Answers,
  bodies: unknown[] = [],
): Answer {
  return (_host, { path, body }) => {
    if (path.endsWith('/load')) return reply(200, { generation: 5, version: 2, ...was });
    if (path.endsWith('/loaded')) return kept;
    bodies.push(body);
    return unloaded;
  };
}

test('what was unloaded is kept once all hosts serve it, and not before', async () => {
  const { models, registry, calls } = cluster(
    [serving('a', flipped), serving('b', old)],
    answers({}),
  );
  const load = models.load('m', 'r');
  await turn();
  expect(calls).toEqual([loadCall]);
  registry.set([serving('a', flipped), serving('b', flipped)]);
  expect(await load).toMatchObject([{ host: 'a' }, { host: 'b' }]);
  expect(calls).toEqual([loadCall, keepCall]);
});

test.each<[string, HostReply, string]>([
  ['unloaded again', reply(200, { unloaded: true }), 'The model is unloaded again.'],
  ['unloaded again by a host of an earlier build', reply(200), 'The model is unloaded again.'],
  [
    'left to who has loaded it meanwhile',
    reply(200, { unloaded: false }),
    'It stays loaded: somebody else has loaded it, or uploaded a version, meanwhile.',
  ],
  [
    'said to be there where that cannot be',
    full,
    "Model 'm' is loaded, and could not be unloaded again: No room. " +
      'POST /v2/repository/models/m/unload unloads it.',
  ],
])('what was unloaded and one host cannot serve is %s', async (_what, unloaded, outcome) => {
  const hosts = [serving('a', flipped), serving('b', failed)];
  const bodies: unknown[] = [];
  const { models, calls } = cluster(hosts, answers({ unloaded }, bodies));
  const error = await fault(models.load('m', 'r'));
  expect([error.code, error.message]).toEqual(['model_rejected', `${why} ${outcome}`]);
  expect(error.details.fields).toMatchObject({ hosts: [{ state: 'ready' }, { state: 'failed' }] });
  expect([calls, bodies]).toEqual([[loadCall, unloadCall], [{ version: 2 }]]);
});

test('a host that never comes has it unloaded again in time', async () => {
  const hosts = [serving('a', flipped), serving('b', old)];
  const { models, calls } = cluster(hosts, answers({}), 20);
  const { code, message } = await fault(models.load('m', 'r'));
  expect([code, message]).toEqual([
    'deadline_exceeded',
    expect.stringMatching(/in time: b\. The model is unloaded again\.$/),
  ]);
  expect(calls).toEqual([loadCall, unloadCall]);
});

test('what was served before, or a host of an earlier build has loaded, is not touched', async () => {
  const hosts = [serving('a', flipped), serving('b', failed)];
  const { models, registry, calls } = cluster(hosts, answers({ was: {} }));
  expect((await fault(models.load('m', 'r'))).message).toBe(why);
  registry.set([serving('a', flipped)]);
  expect(await models.load('m', 'r')).toHaveLength(1);
  expect(calls).toEqual([loadCall, loadCall]);
});

test('what cannot be kept is not said to be loaded', async () => {
  const kept = new ShoalError('conflict', 'It was unloaded.');
  const { models, calls } = cluster([serving('a', flipped)], answers({ kept }));
  const { code, message } = await fault(models.load('m', 'r'));
  expect([code, message]).toEqual(['conflict', 'It was unloaded. The model is unloaded again.']);
  expect(calls).toEqual([loadCall, keepCall, unloadCall]);
});
