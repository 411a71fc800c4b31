import type { Scope } from './tokens';

/**
 * What a caller needs for a path: a scope, the cluster's secret, or nothing (`open`).
 * `infer` also covers reading what is served.
 */
export type Need = Scope | 'cluster' | 'open';

const model = '[^/]+';
const oipModel = `/v2/models/${model}(/versions/${model})?`;
const tfsModel = `/v1/models/${model}(/(versions|labels)/${model})?`;

/** The first that fits counts. Whatever is not listed here needs `manage`. */
const rows: readonly (readonly [Need, methods: string, path: string])[] = [
  ['open', 'GET', '/'],
  ['open', 'GET', '/(v2/)?health/(live|ready)'],
  ['open', 'GET', '/openapi\\.json'],
  ['open', 'GET', '/docs(/style\\.css)?'],
  ['metrics', 'GET POST', '/metrics(/[a-z]+)?'],
  ['metrics', 'GET', '/targets'],
  ['metrics', 'GET', '/api/v1/cluster'],
  ['metrics', 'GET', '/api/v1/events'],
  ['infer', 'GET', '/help'],
  ['infer', 'GET POST', '/api/test(/[^/]+)?'],
  ['manage', 'GET POST', '/api/v1/models/updatemodelhosts'],
  ['infer', 'GET', `/api/v1/models(/${model}(/(information|example))?)?`],
  ['infer', 'GET', `(/api/v1|/modelhost)/models/${model}/(labels|variants|canary)`],
  ['infer', 'GET POST', `/api/v1/models/${model}/prediction`],
  ['infer', 'GET', '/v2(/models)?'],
  ['infer', 'GET', `${oipModel}(/ready|/config|/stats)?`],
  ['infer', 'POST', `${oipModel}/infer`],
  ['infer', 'GET', `/v2(/models/${model})?/trace/setting`],
  ['infer', 'GET', '/v2/logging'],
  ['infer', 'GET', '/v1/models'],
  ['infer', 'GET', `${tfsModel}(/metadata)?`],
  ['infer', 'POST', `${tfsModel}:(predict|classify|regress|explain)`],
  ['infer', 'GET', `/v2/(system|cuda)sharedmemory(/region/${model})?/status`],
  ['infer', 'POST', `/v2/(system|cuda)sharedmemory(/region/${model})?/(register|unregister)`],
  ['open', 'GET', '/ping'],
  ['infer', 'POST', '/invocations'],
  ['infer', 'GET', '/execution-parameters'],
  ['infer', 'GET', `/models(/${model})?`],
  ['infer', 'POST', `/models/${model}/invoke`],
  ['infer', 'POST', `/endpoints/${model}/invocations`],
  ['infer', 'POST', '/v2/repository/index'],
  ['infer', 'GET', '/modelhost'],
  ['infer', 'GET', '/modelhost/api/test(/[^/]+)?'],
  ['infer', 'GET', `/modelhost/models(/${model}(/(information|example))?)?`],
  ['infer', 'GET', `/modelhost/${model}/information`],
  ['infer', 'GET POST', `/modelhost/models/${model}/prediction`],
];

const rules = rows.map(([need, methods, path]) => ({
  need,
  methods: new Set(methods.split(' ')),
  path: new RegExp(`^${path}/?$`, 'i'),
}));

const clusterPath = /^\/(cluster(\/|$)|modelhost\/catalog$)/;

/**
 * What `method` on `path` (without base path and query, as sent) needs. Routers may read a path
 * more loosely than it is written, so the strictest need is tested on its loosest reading, and
 * lesser needs than `manage` are granted only to exact paths.
 */
export function needOf(method: string, path: string): Need {
  if (clusterPath.test(loosest(path))) return 'cluster';
  const asked = method === 'HEAD' ? 'GET' : method;
  for (const rule of rules) {
    if (rule.path.test(path) && (asked === 'OPTIONS' || rule.methods.has(asked))) return rule.need;
  }
  return 'manage';
}

/** Decoded, lower case, without doubled or closing slashes. */
function loosest(path: string): string {
  let read = path;
  try {
    read = decodeURIComponent(path);
  } catch {
    // Not decodable: no router will decode it either.
  }
  read = read.toLowerCase().replace(/[\\/]+/g, '/');
  return read.length > 1 ? read.replace(/\/$/, '') : read;
}
