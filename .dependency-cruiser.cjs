/** The architecture, as rules. Change it here first, then in the code. */

const own =
  '^(core|protocol|serving|metrics|inferrer|modelhost|client|embedded|examples|bench|tests)/';
const npm = '^node_modules/';
const test = '\\.test\\.ts$|^tests/';

/** Which file may use which package. A package not listed here may be used nowhere. */
const packages = {
  'express|@types/express|@types/express-serve-static-core':
    '^(serving/http/|(inferrer|modelhost)/(app|routes/.+)\\.ts$|metrics/service/|embedded/)',
  'http-proxy|@types/http-proxy': '^inferrer/forward\\.ts$',
  undici: '^inferrer/',
  'onnxruntime-node|onnxruntime-common': '^modelhost/runner/',
  'multer|@types/multer': '^(inferrer|modelhost)/routes/',
  'prom-client': '^metrics/',
  dotenv: '/main\\.ts$',
  'pino|pino-pretty': '^core/logging\\.ts$',
  zod: '^core/settings\\.ts$|/[a-z-]*settings\\.ts$|/schema\\.ts$',
  sharp: '^serving/picture/',
  '@bufbuild/protobuf': '^protocol/grpc/',
  '@aws-sdk/client-s3': '^modelhost/repository/bucket/s3-client\\.ts$',
};

/** Folder -> what it may import besides itself. */
const layers = {
  core: [],
  protocol: ['core'],
  metrics: ['core'],
  'metrics/service': ['core', 'protocol', 'metrics', 'serving'],
  serving: ['core', 'protocol', 'metrics'],
  inferrer: ['core', 'protocol', 'metrics', 'serving'],
  modelhost: ['core', 'protocol', 'metrics', 'serving'],
  client: [],
  embedded: ['core'],
  examples: ['core'],
};

/** Folders of a folder that have a row of their own. */
const within = (folder) =>
  Object.keys(layers)
    .filter((other) => other.startsWith(`${folder}/`))
    .map((other) => `^${other}/`);

const names = Object.keys(packages).join('|');

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: own, pathNot: `main\\.ts$|^protocol/control/|${test}` },
      to: {},
    },
    {
      name: 'nobody-imports-main',
      severity: 'error',
      from: { pathNot: test },
      to: { path: '/main\\.ts$', pathNot: npm },
    },
    {
      name: 'no-drawers',
      comment: 'name a file by what it holds',
      severity: 'error',
      from: {},
      to: { path: '/(util|utils|helper|helpers|common|misc|shared)(\\.ts$|/)', pathNot: npm },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      from: { path: own, pathNot: `${test}|^bench/` },
      to: { path: `${test}|^bench/` },
    },
    {
      name: 'decisions-are-pure',
      comment: 'pickers, the batch queue and the next action decide: no I/O, no clock, no packages',
      severity: 'error',
      from: {
        path: '^(inferrer/pickers/|serving/variants/pick-variant\\.ts|serving/dispatch/(health|peak-ewma|picker|retry-budget)\\.ts|modelhost/lifecycle/(state|next-action)\\.ts|modelhost/memory/next-step\\.ts|modelhost/placement/placed-on\\.ts|serving/batching/(queue|fifo|priority-level|service-time)\\.ts)',
        pathNot: test,
      },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'package-not-listed',
      severity: 'error',
      from: { path: own, pathNot: `${test}|^bench/` },
      to: { path: npm, pathNot: `${npm}(${names}|@types/node)/` },
    },
    {
      name: 'client-runs-anywhere',
      comment: 'browsers too: nothing of Node, no packages',
      severity: 'error',
      from: { path: '^client/', pathNot: test },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    ...Object.entries(packages).map(([name, where]) => ({
      name: `only-there:${name.split('|')[0]}`,
      severity: 'error',
      from: { path: own, pathNot: `${where}|${test}|^bench/` },
      to: { path: `${npm}(${name})/` },
    })),
    ...Object.entries(layers).map(([folder, allowed]) => ({
      name: `layer:${folder}`,
      severity: 'error',
      from: { path: `^${folder}/`, pathNot: [test, ...within(folder)] },
      to: { path: own, pathNot: `^(${[folder, ...allowed].join('|')})/` },
    })),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'require', 'node', 'default'],
    },
  },
};
