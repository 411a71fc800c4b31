import { silentLogger } from '../../core/logging';
import { createInferrerApp } from '../../inferrer/app';
import { createForward } from '../../inferrer/forward';
import { createClusterCanary } from '../../inferrer/models/cluster-canary';
import { createClusterLabels } from '../../inferrer/models/cluster-labels';
import { createClusterModels } from '../../inferrer/models/cluster-models';
import { createClusterTraffic } from '../../inferrer/models/cluster-traffic';
import { createHostCalls } from '../../inferrer/models/host-calls';
import { createFindUpload } from '../../inferrer/models/upload-elsewhere';
import { createUploadLogs } from '../../inferrer/models/upload-logs';
import { createHostCheck, inTurn } from '../../inferrer/models/host-check';
import { startAppServer, type AppServer } from './app-server';
import { hostCatalog, modelEntry, versionEntry } from './catalogs';
import { servedCatalog, startFakeModelhost, type FakeModelhost } from './fake-modelhost';
import { fakeRegistry, knownHost, type FakeRegistry } from './fake-registry';

/** The routes of an inferrer in front of one fake modelhost, `h-7`. */
interface FakeInferrer {
  readonly server: AppServer;
  readonly host: FakeModelhost;
  readonly registry: FakeRegistry;
  readonly counts: { tests: number };
  /** Addresses of the other inferrers. */
  readonly others: string[];
  /** Only `h-7` is there, and nothing has been asked of it. */
  reset(): void;
  close(): Promise<void>;
}

const inferrerUploadMaxBytes = 200_000;

/** What a host reports once it follows everything that the fake modelhost answers. */
const followed = [
  modelEntry('iris', { generation: 10 }),
  modelEntry('new', { generation: 10, versions: [versionEntry(3)] }),
];

export function hostAt(id: string, url: string): ReturnType<typeof knownHost> {
  return knownHost(id, { url, catalog: hostCatalog(id, followed) });
}

async function startFakeInferrer(): Promise<FakeInferrer> {
  const registry = fakeRegistry([]);
  const calls = createHostCalls('');
  const counts = { tests: 0 };
  const others: string[] = [];
  const host = await startFakeModelhost();
  const { call } = calls;
  const changing = { registry, call, waitMs: 5000, logger: silentLogger() };
  const app = createInferrerApp({
    catalog: servedCatalog,
    registry,
    models: createClusterModels(changing),
    labels: createClusterLabels(changing),
    traffic: createClusterTraffic(changing),
    canary: createClusterCanary(changing),
    canaryWatch: { window: () => undefined, waits: () => undefined },
    forward: createForward({
      clusterSecret: 's3cret',
      uploadMaxBytes: inferrerUploadMaxBytes,
      idleMs: 5000,
    }),
    uploads: createUploadLogs(),
    findUpload: createFindUpload(() => others, call),
    events: { follow: () => Promise.resolve() },
    checkHosts: createHostCheck({
      call,
      nextUrl: inTurn(() => registry.hosts().map(({ url }) => url)),
      timeoutMs: 5000,
    }),
    countTest: () => {
      counts.tests += 1;
    },
  });
  const server = await startAppServer(app);
  return {
    server,
    host,
    registry,
    counts,
    others,
    reset() {
      others.length = 0;
      registry.set([hostAt('h-7', host.server.url)]);
      host.reset();
    },
    async close() {
      server.close();
      host.close();
      await calls.close();
    },
  };
}

/** What the tests of a file see of their fake inferrer. */
export interface SharedFakeInferrer extends Omit<FakeInferrer, 'reset' | 'close'> {
  /** The address of a path. */
  readonly at: (path: string) => string;
}

/** To be called once by a test file: a fake inferrer for all its tests, reset before each. */
export function sharedFakeInferrer(): SharedFakeInferrer {
  let inferrer: FakeInferrer;
  beforeAll(async () => {
    inferrer = await startFakeInferrer();
  });
  beforeEach(() => {
    inferrer.reset();
  });
  afterAll(() => inferrer.close());
  return {
    get server() {
      return inferrer.server;
    },
    get host() {
      return inferrer.host;
    },
    get registry() {
      return inferrer.registry;
    },
    get counts() {
      return inferrer.counts;
    },
    get others() {
      return inferrer.others;
    },
    at: (path) => inferrer.server.url + path,
  };
}
