import { ShoalError } from '../../../core/errors';
import { unknownRegion } from '../../control/no-shared-memory';
import { byteCount } from '../../control/region-parameters';
import type { SharedRegions } from '../../control/shared-memory';
import { isJsonObject, shown, type JsonValue } from '../../exact-json/json-value';
import { jsonText, readJson } from '../../exact-json/read-json';
import type { Exchange, Handler } from '../../exchange';

/** What a path below /v2/systemsharedmemory or /v2/cudasharedmemory asks for. */
export interface SharedMemoryRoute {
  readonly kind: 'system' | 'cuda';
  readonly action: 'status' | 'register' | 'unregister';
  /** The region's segment as it stands in the path; '' for all regions. */
  readonly segment: string;
}

const pattern =
  /^\/v2\/(system|cuda)sharedmemory(?:\/region\/([^/]+))?\/(status|register|unregister)$/;

/** The route of such a path, or nothing for other paths. */
export function sharedMemoryRoute(path: string): SharedMemoryRoute | undefined {
  const [, kind, segment = '', action] = pattern.exec(path) ?? [];
  if (kind === undefined || action === undefined) return undefined;
  if (action === 'register' && segment === '') return undefined;
  return {
    kind: kind as SharedMemoryRoute['kind'],
    action: action as SharedMemoryRoute['action'],
    segment,
  };
}

/** Answers such a path. There is no memory of GPUs here, so nobody has registered any. */
export function createSharedMemoryHandler(
  regions: SharedRegions,
  { kind, action, segment }: SharedMemoryRoute,
): Handler {
  const name = (): string => nameIn(segment);
  const served = kind === 'system' ? regions : noCudaRegions;
  switch (action) {
    case 'status':
      return async (exchange) => {
        await regions.meet(exchange);
        const list = served.status(name(), exchange);
        answer(
          exchange,
          list.map(({ byteSize, ...region }) => ({ ...region, byte_size: byteSize })),
        );
      };
    case 'unregister':
      return async (exchange) => {
        await regions.meet(exchange);
        served.unregister(name(), exchange);
        answer(exchange, {});
      };
    case 'register':
      return async (exchange) => {
        const body = await exchange.body();
        if (kind === 'cuda') throw noCuda();
        await regions.meet(exchange);
        regions.register({ name: name(), ...regionIn(readJson(jsonText(body))) }, exchange);
        answer(exchange, {});
      };
  }
}

const noCudaRegions: Pick<SharedRegions, 'status' | 'unregister'> = {
  status: (name) => {
    if (name === '') return [];
    throw unknownRegion(name);
  },
  unregister: () => undefined,
};

function noCuda(): ShoalError {
  return new ShoalError('unsupported', 'There are no GPUs here, and no memory of theirs to share.');
}

function nameIn(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ShoalError(
      'invalid_request',
      'The name of the region has a % that is no percent-encoding.',
    );
  }
}

function regionIn(body: JsonValue): { key: string; offset: number; byteSize: number } {
  if (!isJsonObject(body)) {
    throw new ShoalError('invalid_request', `The body must be an object, got ${shown(body)}.`);
  }
  const { key, offset, byte_size: byteSize } = body;
  if (typeof key !== 'string') {
    throw new ShoalError(
      'invalid_request',
      `Unable to parse 'key': wanted the name of an object in shared memory, got ${shown(key)}`,
    );
  }
  return {
    key,
    offset: offset === undefined ? 0 : byteCount('the region', 'offset', offset),
    byteSize: byteCount('the region', 'byte_size', byteSize),
  };
}

const headers = { 'content-type': 'application/json' };

function answer(exchange: Exchange, body: object): void {
  exchange.reply(200, headers, JSON.stringify(body));
}
