import { HeartbeatSender } from './cluster/heartbeat-sender';
import { advertisedHost } from './listener';
import { rememberEndings } from './runners/runner-endings';
import { readiness, type Parts } from './parts';

/** Tells the inferrers of this host, from now on and at every change; nobody where it is alone. */
export function announce(parts: Parts, port: number): HeartbeatSender | undefined {
  const { settings, hostId, stage, store, supervisor, residency, placements, logger } = parts;
  if (settings.INFERRER_URL.length === 0) return undefined;
  const own = `http://${advertisedHost(settings)}:${port}${settings.BASE_PATH}`;
  const endings = rememberEndings(supervisor);
  const sender = new HeartbeatSender({
    inferrerUrls: settings.INFERRER_URL,
    secret: settings.CLUSTER_SECRET,
    beat: () => ({
      host: hostId,
      url: settings.ADVERTISE_URL === '' ? own : settings.ADVERTISE_URL,
      ready: readiness(stage).ready,
      draining: stage.leaving,
      runners: supervisor.runners(),
      endings: endings(),
      refused: parts.refused.list(performance.now()),
      ...(residency === undefined ? {} : { freeBytes: residency.figures().freeBytes }),
      ...placements.told(),
      successors: store.successors(),
      revision: store.catalog.current().revision,
    }),
    onHosts: (inferrer, hosts) => {
      placements.tell(inferrer, hosts);
    },
    onLost: (inferrer) => {
      placements.lost(inferrer);
    },
    logger,
  });
  supervisor.onChange(() => void sender.tell());
  return sender;
}
