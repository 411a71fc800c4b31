import type { HostCatalog, Servable, VersionEntry } from '../../protocol/catalog';
import type {
  Heartbeat,
  Member,
  RunnerAddress,
  RunnerEnding,
} from '../../protocol/cluster/heartbeat';
import { CatalogFollower } from './catalog-follower';
import type { KnownHost } from './host-registry';
import { lateMs } from './late';
import { LiveCheck } from './live-check';
import { RunnerWays, type ToRunner } from './runner-ways';
import { Place } from '../../serving/dispatch/place';
import type { HostLink } from '../../protocol/link/batch';

/** How an inferrer reaches hosts; passed in, so that the directory knows no transport. */
export interface Links {
  /** Straight to one runner; null where this inferrer does not use such links. */
  readonly toRunner: ToRunner | null;
  /** To one host over HTTP, through the balancer if there is one. */
  readonly toHost: (hostId: string, url: string) => HostLink;
  /** Whether the host answers over HTTP, on the same way as batches. */
  readonly isLive: (hostId: string, url: string) => Promise<boolean>;
}

export interface HostOptions {
  readonly links: Links;
  readonly secret: string;
  readonly onChange: () => void;
  /** It has fallen silent, or cannot be reached: work goes to others, where there are any. */
  readonly onSilent: (host: Host) => void;
  readonly onError: (hostId: string, error: unknown) => void;
}

/**
 * A host of which nothing has been heard for so long may be frozen or cut off: heartbeats come each
 * second. Its work goes to others, where there are any.
 */
const silentMs = 2_000;

/** One modelhost: its last heartbeat, its catalog and the places where it takes batches. */
export class Host implements KnownHost {
  readonly id: string;
  readonly url: string;
  #beat: Heartbeat;
  #quietMs = 0;
  #catalog: HostCatalog | null = null;
  readonly #runners: RunnerWays | undefined;
  readonly #whole: Place;
  readonly #live: LiveCheck;
  readonly #follower: CatalogFollower;
  readonly #options: HostOptions;

  constructor(beat: Heartbeat, options: HostOptions) {
    this.id = beat.host;
    this.url = beat.url;
    this.#beat = beat;
    this.#options = options;
    const { toRunner, toHost, isLive } = options.links;
    this.#runners = toRunner === null ? undefined : new RunnerWays(beat.host, toRunner);
    this.#whole = new Place(beat.host, toHost(beat.host, beat.url));
    this.#live = new LiveCheck(
      () => isLive(beat.host, beat.url),
      () => {
        if (this.#live.reachable) options.onChange();
        else options.onSilent(this);
      },
    );
    this.#follower = new CatalogFollower({
      url: beat.url,
      secret: options.secret,
      onCatalog: (catalog) => {
        this.#catalog = catalog;
        options.onChange();
      },
      onError: (error) => {
        options.onError(beat.host, error);
      },
    });
    this.#runners?.follow(beat.runners, performance.now());
  }

  get ready(): boolean {
    return this.#beat.ready && !this.#beat.draining && this.#catalog !== null;
  }

  get draining(): boolean {
    return this.#beat.draining;
  }

  get runners(): readonly RunnerAddress[] {
    return this.#beat.runners;
  }

  get endings(): readonly RunnerEnding[] {
    return this.#beat.endings ?? [];
  }

  get freeBytes(): number {
    return this.#beat.freeBytes ?? 0;
  }

  get member(): Member {
    const { host: id, labels, serving, successors, draining, leaving } = this.#beat;
    // What it has loaded nobody can ask it for before it is ready: others keep theirs until then.
    const has = this.ready ? serving : [];
    return {
      id,
      ...(labels === undefined ? {} : { labels }),
      ...(has === undefined ? {} : { serving: has }),
      ...(successors === undefined ? {} : { successors }),
      ...(draining || leaving === true ? { leaving: true } : {}),
    };
  }

  get catalog(): HostCatalog | null {
    return this.#catalog;
  }

  /** How long it has not been heard of, as told to `quiet`. */
  get quietMs(): number {
    return this.#quietMs;
  }

  /** Nothing was heard of it for a while, or it does not answer. */
  get silent(): boolean {
    return this.#quietMs >= silentMs || !this.#live.reachable;
  }

  get leftOut(): boolean {
    return this.places.every(({ health }) => health.state === 'ejected');
  }

  /** Its runners, and the host itself where it takes batches over HTTP. */
  get places(): readonly Place[] {
    const runners = this.#runners?.places ?? [];
    return runners.length > 0 ? runners : [this.#whole];
  }

  /** Takes a heartbeat in. */
  update(beat: Heartbeat): void {
    const wasSilent = this.silent;
    this.#quietMs = 0;
    const before = this.#beat;
    this.#beat = beat;
    this.#runners?.follow(beat.runners, performance.now());
    if (lasting(before) !== lasting(beat) || wasSilent) this.#options.onChange();
  }

  /** Nothing was heard of it for so much longer. */
  quiet(ms: number): void {
    const wasSilent = this.silent;
    this.#quietMs += ms;
    if (this.silent && !wasSilent) this.#options.onSilent(this);
  }

  /** Looks after ways on which answers are late; `sharedMs`: on the one way to all hosts. */
  check(now: number, sharedMs: number): void {
    this.#runners?.check(now);
    this.#live.check(Math.max(sharedMs, this.#whole.waitedMs(now)) > lateMs);
  }

  /** What waits for its answers is sent elsewhere. */
  giveUp(cause: string): void {
    for (const place of this.places) place.giveUp(cause);
  }

  /** Where the host takes batches of this servable now; nothing where it does not. */
  placeFor(servable: Servable): Place | undefined {
    if (!this.ready) return undefined;
    const entry = this.#versionOf(servable);
    if (entry?.state !== 'ready') return undefined;
    const ways = this.#runners;
    return ways === undefined || this.runners.length === 0
      ? this.#whole
      : ways.placeOf(entry.runner);
  }

  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  close(): void {
    this.#follower.close();
    this.#whole.close();
    this.#runners?.close();
  }

  #versionOf(servable: Servable): VersionEntry | undefined {
    const model = this.#catalog?.models.find(({ name }) => name === servable.model);
    return model?.versions.find(({ version }) => version === servable.version);
  }
}

const changing = new Set(['quietMs', 'freeBytes', 'serving']);

/** What is said in a heartbeat, without what changes with each. */
function lasting(beat: Heartbeat): string {
  return JSON.stringify(beat, (key, value: unknown) => (changing.has(key) ? undefined : value));
}
