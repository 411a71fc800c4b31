import type { Logger } from '../../core/logging';
import type { RefusedContent } from '../../protocol/cluster/heartbeat';
import type { BlameLimits } from './blame';
import type { RunnerLimits } from './runner-watch';

/** Where the runners of a host can be reached. */
export type RunnerLink =
  | { readonly kind: 'unix' }
  | { readonly kind: 'tcp'; readonly listenHost: string; readonly advertiseHost: string };

export interface SupervisorOptions {
  /** Id of the modelhost. */
  readonly host: string;
  /** A directory for sockets and other small files; made and removed by the supervisor. */
  readonly parentDirectory: string;
  readonly link: RunnerLink;
  /** The cluster's secret, '' for none. */
  readonly secret: string;
  /** Cores that all runners of this host share. */
  readonly cores: number;
  readonly limits: RunnerLimits;
  /** The first pause between two replacements of runners that have grown, in milliseconds. */
  readonly replacementPauseMs: number;
  readonly blame: BlameLimits;
  /** Told what a request's content is that is to be refused from now on; before `died` is told. */
  readonly onRefused: (content: RefusedContent) => void;
  readonly maxFrameBytes: number;
  readonly maxQueuedBytes: number;
  /** Further environment for the runners, e.g. LANG or LD_LIBRARY_PATH. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory of the runtime's package, '' for the one that comes with the server. */
  readonly runtime: string;
  /** Milliseconds that runners may take to finish at the end. */
  readonly stopMs: number;
  readonly logger: Logger;
}

/** What holds where nothing else is said. */
export const supervisorDefaults = {
  link: { kind: 'unix' },
  secret: '',
  cores: 1,
  limits: { maxRunMs: 60_000, maxLoadMs: 120_000, memoryBytes: 4 * 1024 ** 3 },
  replacementPauseMs: 60_000,
  blame: { windowMs: 600_000, quarantineMs: 600_000 },
  onRefused: () => undefined,
  maxFrameBytes: 1024 ** 3,
  maxQueuedBytes: 512 * 1024 ** 2,
  environment: {},
  runtime: '',
  stopMs: 5000,
} as const satisfies Partial<SupervisorOptions>;
