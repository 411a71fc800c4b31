/** One modelhost as the inferrer sees it. */
export interface SeenHost {
  readonly id: string;
  readonly ready: boolean;
  readonly draining: boolean;
}

/** What the supervisor asks the inferrer; a fault or a strange answer means "not there yet". */
export interface Front {
  readonly url: string;
  ready(): Promise<boolean>;
  hosts(): Promise<readonly SeenHost[]>;
  /** Names of the models that are served; undefined if the inferrer does not tell. */
  models(): Promise<readonly string[] | undefined>;
}

export interface FrontOptions {
  /** With the base path, without a slash at the end. */
  readonly url: string;
  readonly clusterSecret: string;
}

const timeoutMs = 2000;

export function createFront({ url, clusterSecret }: FrontOptions): Front {
  const headers = clusterSecret === '' ? {} : { 'shoal-cluster-secret': clusterSecret };
  const get = async (path: string): Promise<unknown> => {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${url}${path}`, { headers, signal });
      const body = await response.text();
      return response.ok ? (body === '' ? {} : JSON.parse(body)) : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    url,
    ready: async () => (await get('/health/ready')) !== undefined,
    hosts: async () => listIn(await get('/cluster/hosts'), 'hosts').filter(isSeenHost),
    models: async () => {
      const body = await get('/api/v1/models');
      return body === undefined ? undefined : listIn(body, 'model_list').map(modelName).sort();
    },
  };
}

function listIn(body: unknown, field: string): readonly unknown[] {
  const list = isRecord(body) && !Array.isArray(body) ? body[field] : body;
  return Array.isArray(list) ? list : [];
}

function isSeenHost(value: unknown): value is SeenHost {
  return isRecord(value) && typeof value['id'] === 'string' && typeof value['ready'] === 'boolean';
}

function modelName(entry: unknown): string {
  const name = isRecord(entry) ? (entry['model'] ?? entry['name']) : entry;
  return String(name).replace(/\.onnx$/, '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
