import { ShoalError } from '../../core/errors';
import type { ModelConfig } from './model-config';
import type { ConfigFile } from './schema';

/** The two files in which a configuration can stand; both at once are refused. */
export type ConfigFormat = 'config.json' | 'config.pbtxt';

export type Stay = Pick<ModelConfig, 'placement' | 'pinned' | 'mayLeave' | 'idleMs'>;

type StayFields = NonNullable<ConfigFile['shoal']>;

/** On which hosts a model is, and how long. Throws invalid_request. */
export function stayOf(settings: StayFields, format: ConfigFormat): Stay {
  return { placement: placementOf(settings), ...inMemory(settings, format) };
}

function inMemory(settings: StayFields, format: ConfigFormat): Omit<Stay, 'placement'> {
  const { pinned = false, min_copies: copies = 1, idle_ms: idleMs } = settings;
  if (copies === 0 || idleMs === undefined) {
    if (!pinned || copies > 0) return { pinned, mayLeave: copies === 0, idleMs: idleMs ?? null };
    throw new ShoalError(
      'invalid_request',
      `${format}: shoal.min_copies: wanted 1, as pinned is true, got 0`,
    );
  }
  throw new ShoalError(
    'invalid_request',
    `${format}: shoal.idle_ms: wanted min_copies 0 beside it, got ${copies}`,
  );
}

function placementOf({ placement = {} }: StayFields): ModelConfig['placement'] {
  const { copies = null, labels = {} } = placement;
  return copies === null && Object.keys(labels).length === 0 ? null : { copies, labels };
}
