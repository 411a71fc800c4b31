import type { Metrics } from '../../metrics/metrics';
import type { ClusterCatalog } from '../cluster-catalog';
import type { HostDirectory } from '../hosts/host-directory';
import type { InferrerSettings } from '../settings';
import { createClusterEvents, type ClusterEvents } from './cluster-events';

export interface EventSources {
  readonly directory: Pick<HostDirectory, 'hosts' | 'onChange'>;
  readonly catalog: Pick<ClusterCatalog, 'known' | 'models'>;
  readonly metrics: Metrics;
}

/**
 * Changes are looked at together, so many milliseconds after the first: where hundreds of models come
 * and go, comparing takes no time from requests.
 */
const lookMs = 50;

/** Looks at the cluster after each change of it, until closed; `look` says that there is another one. */
export function startClusterEvents(
  settings: Pick<InferrerSettings, 'EVENTS_KEPT' | 'EVENT_FOLLOWERS'>,
  { directory, catalog, metrics }: EventSources,
): ClusterEvents {
  const events = createClusterEvents({
    hosts: () => directory.hosts(),
    models: () => (catalog.known ? catalog.models() : null),
    keep: settings.EVENTS_KEPT,
    mostFollowers: settings.EVENT_FOLLOWERS,
    lastWordsMs: 1000,
    now: () => new Date(),
    observe: (event) => {
      metrics.count('shoal_events_total', { event });
    },
  });
  metrics.gauge('shoal_event_followers', () => [[{}, events.followers()]]);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      events.look();
    }, lookMs);
  };
  const forget = directory.onChange(look);
  return {
    look,
    follow: (response, following) => events.follow(response, following),
    followers: () => events.followers(),
    close() {
      forget();
      clearTimeout(timer);
      events.close();
    },
  };
}
