import type { Logger } from '../core/logging';
import type { RefusedContents } from '../serving/quarantine/refused-contents';
import { hostLines } from './host-lines';
import { HostDirectory } from './hosts/host-directory';
import type { InferrerSettings } from './settings';
import { balancedTransport, directTransport } from './transport';

/** The hosts of the cluster and the ways to them, as the settings have it. */
export function createDirectory(
  settings: InferrerSettings,
  refused: RefusedContents,
  logger: Logger,
): HostDirectory {
  const secret = settings.CLUSTER_SECRET;
  const transport =
    settings.BALANCER === 'nginx'
      ? balancedTransport(settings.BALANCER_URL, secret)
      : directTransport(secret, settings.LINK_SHARED_BYTES, logger);
  return new HostDirectory({
    ...transport,
    secret,
    onRefused: (contents) => {
      for (const content of contents) refused.add(content, performance.now());
    },
    onError: (host, error) => {
      logger.debug({ err: error, host }, 'a modelhost could not be asked for its catalog');
    },
    onSilent: (host) => {
      logger.warn({ host }, hostLines.silent);
    },
    onGone: (host) => {
      logger.info({ host }, hostLines.gone);
    },
  });
}
