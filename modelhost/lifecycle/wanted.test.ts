import { silentLogger } from '../../core/logging';
import { storedMeta as meta } from '../../tests/support/fake-check';
import { FakeSupervisor } from '../../tests/support/fake-supervisor';
import { emptyConfig, type VersionPolicy } from '../model-config/model-config';
import { noState, type ModelState } from '../repository/model-state';
import type { ModelSnapshot, StoredVersion } from '../repository/snapshot';
import { createLifecycle } from './loop';
import { wantedOf } from './wanted';

function stored(version: number, versionPolicy: VersionPolicy): StoredVersion {
  const path = `/models/iris/${version}/model.onnx`;
  const config = { ...emptyConfig, versionPolicy };
  return { model: 'iris', version, path, meta, config, key: `k${version}` };
}

/** Versions 1 to 4, of which the newest has the policy that counts; those before it have another. */
function iris(policy: VersionPolicy, state: Partial<ModelState> = {}): ModelSnapshot {
  const before: VersionPolicy = { kind: policy.kind === 'all' ? 'latest' : 'all', count: 1 };
  return {
    name: 'iris',
    state: { ...noState, default: 4, ...state },
    versions: [1, 2, 3, 4].map((version) => stored(version, version === 4 ? policy : before)),
    broken: [],
    unadopted: [],
    leftovers: [],
  };
}

const all: VersionPolicy = { kind: 'all' };
const latest = (count: number): VersionPolicy => ({ kind: 'latest', count });
const specific = (...versions: number[]): VersionPolicy => ({ kind: 'specific', versions });

test.each<[string, VersionPolicy, Partial<ModelState>, number[]]>([
  ['all', all, {}, [1, 2, 3, 4]],
  ['the latest one', latest(1), {}, [4]],
  ['the two latest', latest(2), {}, [3, 4]],
  ['more of the latest than there are', latest(9), {}, [1, 2, 3, 4]],
  ['the latest, and an older default', latest(1), { default: 2 }, [2, 4]],
  ['specific ones with the default', specific(1, 3), {}, [1, 3, 4]],
  ['specific ones, the default among them', specific(1, 3), { default: 3 }, [1, 3]],
  ['specific ones that are not there', specific(7), { default: 1 }, [1]],
  ['none specific', specific(), { default: 0 }, []],
  ['what has a label', specific(1), { default: 1, labels: { old: 2 } }, [1, 2]],
  ['what is to get a name', specific(1), { default: 1, held: [3], successor: 4 }, [1, 3, 4]],
  ['nothing of what was unloaded', all, { unloaded: true }, []],
])('what is to be loaded: %s', (_what, policy, state, versions) => {
  const wanted = wantedOf(iris(policy, state)).versions;
  expect([...wanted]).toEqual(versions.map((version) => [version, `k${version}`]));
});

test('who asks for another one is told what to do', async () => {
  const lifecycle = createLifecycle({
    supervisor: new FakeSupervisor(),
    fetch: () => Promise.resolve(),
    removeVersion: () => Promise.resolve(),
    logger: silentLogger(),
  });
  lifecycle.want({ models: new Map([['iris', iris(specific(1))]]), bare: new Map() });
  await expect(lifecycle.demand('iris', 2, performance.now() + 20_000)).rejects.toThrow(
    "The version_policy of 'iris' does not select version 2, so it is not loaded. Make it the " +
      'default, give it a label, or upload a version with another version_policy.',
  );
  lifecycle.close();
});
