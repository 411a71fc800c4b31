import type { HostCatalog, Servable, VersionEntry } from '../../protocol/catalog';
import type { Heartbeat, RunnerAddress } from '../../protocol/cluster/heartbeat';
import { CatalogFollower } from './catalog-follower';
import type { KnownHost } from './host-registry';
import { Place } from '../../serving/dispatch/place';
import type { HostLink } from '../../protocol/link/batch';

/** How an inferrer reaches hosts; passed in, so that the directory knows no transport. */
export interface Links {
  /** Straight to one runner; null where this inferrer does not use such links. */
  toRunner: ((runner: RunnerAddress, hostId: string) => HostLink) | null;
  /** To one host over HTTP, through the balancer if there is one. */
  toHost: (hostId: string, url: string) => HostLink;
}

export interface HostOptions {
  readonly links: Links;
  readonly secret: string;
  readonly onChange: () => void;
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
  readonly #runners = new Map<string, Place>();
  readonly #whole: Place;
  readonly #follower: CatalogFollower;
  readonly #options: HostOptions;

  constructor(beat: Heartbeat, options: HostOptions) {
    this.id = beat.host;
    this.url = beat.url;
    this.#beat = beat;
    this.#options = options;
    this.#whole = new Place(beat.host, options.links.toHost(beat.host, beat.url));
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
    this.#followRunners();
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

  get catalog(): HostCatalog | null {
    return this.#catalog;
  }

  /** How long it has not been heard of, as told to `quiet`. */
  get quietMs(): number {
    return this.#quietMs;
  }

  get silent(): boolean {
    return this.#quietMs >= silentMs;
  }

  /** Its runners, and the host itself where it takes batches over HTTP. */
  get places(): readonly Place[] {
    return this.#runners.size > 0 ? [...this.#runners.values()] : [this.#whole];
  }

  /** Takes a heartbeat in. */
  update(beat: Heartbeat): void {
    const wasSilent = this.silent;
    this.#quietMs = 0;
    const before = JSON.stringify(this.#beat);
    this.#beat = beat;
    if (before === JSON.stringify(beat) && !wasSilent) return;
    this.#followRunners();
    this.#options.onChange();
  }

  /** Nothing was heard of it for so much longer; true if that makes it silent. */
  quiet(ms: number): boolean {
    const wasSilent = this.silent;
    this.#quietMs += ms;
    return this.silent && !wasSilent;
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
    return this.#runners.get(entry.runner) ?? this.wholeFor(servable);
  }

  /** The host itself as a place, over HTTP. */
  wholeFor(servable: Servable): Place | undefined {
    const serves = this.ready && this.#versionOf(servable)?.state === 'ready';
    return serves && (this.#options.links.toRunner === null || this.runners.length === 0)
      ? this.#whole
      : undefined;
  }

  async refresh(timeoutMs: number): Promise<void> {
    await this.#follower.refresh(timeoutMs);
  }

  close(): void {
    this.#follower.close();
    this.#whole.close();
    for (const place of this.#runners.values()) place.close();
  }

  #versionOf(servable: Servable): VersionEntry | undefined {
    const model = this.#catalog?.models.find(({ name }) => name === servable.model);
    return model?.versions.find(({ version }) => version === servable.version);
  }

  #followRunners(): void {
    const { toRunner } = this.#options.links;
    if (toRunner === null) return;
    for (const runner of this.#beat.runners) {
      if (this.#runners.has(runner.id)) continue;
      this.#runners.set(runner.id, new Place(this.id, toRunner(runner, this.id)));
    }
    for (const [id, place] of this.#runners) {
      if (this.#beat.runners.some((runner) => runner.id === id)) continue;
      this.#runners.delete(id);
      place.close();
    }
  }
}
