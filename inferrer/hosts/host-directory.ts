import type { ModelEntry, Servable } from '../../protocol/catalog';
import type { Heartbeat, RefusedContent } from '../../protocol/cluster/heartbeat';
import { refreshTimeoutMs } from './catalog-follower';
import { Host, type Links } from './host';
import type { HostRegistry, KnownHost } from './host-registry';
import { available } from '../../serving/dispatch/health';
import { someMayServe } from '../../serving/dispatch/may-serve';
import { nextChange } from '../../serving/dispatch/next-change';
import type { Place } from '../../serving/dispatch/place';

export interface HostDirectoryOptions {
  readonly links: Links;
  readonly secret: string;
  /** The balancer as a place for whatever all hosts serve; null where there is none. */
  readonly balancer: Place | null;
  /** Told what a host refuses, before anything else of its heartbeat is acted on. */
  readonly onRefused?: (contents: readonly RefusedContent[]) => void;
  readonly onError: (hostId: string, error: unknown) => void;
  /** Told when nothing has been heard of a host for a while, and its work goes to others. */
  readonly onSilent: (hostId: string) => void;
  /** Told when a host is forgotten. */
  readonly onGone: (hostId: string) => void;
}

/** A host that has not been heard of for this long is forgotten. */
const goneMs = 5_000;
const sweepMs = 250;

/** All modelhosts that have told of themselves: soft state, gone when they fall silent. */
export class HostDirectory implements HostRegistry {
  readonly #options: HostDirectoryOptions;
  readonly #hosts = new Map<string, Host>();
  readonly #listeners = new Set<() => void>();
  readonly #sweeper: NodeJS.Timeout;
  /** Places by servable, valid until the next change. */
  #places = new WeakMap<Servable, readonly Place[]>();
  #sweptAt = performance.now();
  #kept = false;

  constructor(options: HostDirectoryOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => {
      this.#sweep(performance.now());
    }, sweepMs);
    this.#sweeper.unref();
  }

  hosts(): readonly KnownHost[] {
    return [...this.#hosts.values()];
  }

  /** Takes a heartbeat in; a host that comes back under another address starts anew. */
  beat({ refused = [], ...beat }: Heartbeat): void {
    this.#options.onRefused?.(refused);
    const known = this.#hosts.get(beat.host);
    if (known?.url === beat.url) {
      known.update(beat);
      return;
    }
    known?.close();
    const host = new Host(beat, {
      links: this.#options.links,
      secret: this.#options.secret,
      onChange: this.#changed,
      onSilent: (silent) => {
        this.#silent(silent);
      },
      onError: this.#options.onError,
    });
    this.#hosts.set(beat.host, host);
    this.#changed();
  }

  /**
   * From now on hosts cannot tell of themselves, as this process is stopping: silence means
   * nothing, and the ways to them show which are gone.
   */
  keep(): void {
    this.#kept = true;
  }

  /** Forgets a host at once, because its connection broke; one that has moved since is kept. */
  lost(id: string, url: string): void {
    const host = this.#hosts.get(id);
    if (host?.url !== url) return;
    this.#hosts.delete(id);
    this.#options.onGone(id);
    host.close();
    this.#changed();
  }

  /**
   * Where a batch can go: with a balancer first to it, if every host serves the servable and the
   * balancer is trusted, which one sick host behind it is enough to end; otherwise, and for second
   * tries, to each host that does.
   */
  serving(servable: Servable, round: number): readonly Place[] {
    let places = this.#places.get(servable);
    if (places === undefined) {
      places = this.#heard((host) => host.placeFor(servable) !== undefined)
        .map((host) => host.placeFor(servable))
        .filter((place) => place !== undefined);
      this.#places.set(servable, places);
    }
    const { balancer } = this.#options;
    const all = round === 0 && balancer !== null && places.length > 0;
    if (!all || places.length !== this.#hosts.size) return places;
    return available(balancer, performance.now()) ? [balancer] : places;
  }

  superseded(servable: Servable): boolean {
    const ready = this.hosts().filter((host) => host.ready);
    const entryOf = ({ catalog }: KnownHost): ModelEntry | undefined =>
      catalog?.models.find(({ name }) => name === servable.model);
    return ready.length > 0 && !ready.some((host) => someMayServe(entryOf(host), servable));
  }

  /** Hosts that may get requests now. */
  taking(): readonly KnownHost[] {
    return this.#heard((host) => host.ready);
  }

  /** Everything that batches are sent to, by host or balancer. */
  places(): { readonly id: string; readonly places: readonly Place[] }[] {
    const { balancer } = this.#options;
    return balancer === null
      ? [...this.#hosts.values()]
      : [{ id: balancer.id, places: [balancer] }, ...this.#hosts.values()];
  }

  /** Calls back after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(ms: number, signal?: AbortSignal): Promise<void> {
    return nextChange((listener) => this.onChange(listener), ms, signal);
  }

  async until(
    predicate: (hosts: readonly KnownHost[]) => boolean,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<boolean> {
    while (!predicate(this.hosts())) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || signal?.aborted === true) return false;
      await this.changed(leftMs, signal);
    }
    return true;
  }

  /**
   * Reads every host's catalog now. Hosts that do not answer are passed over, and so are those that
   * have not yet when what was told since is `enough`.
   */
  refresh(enough: () => boolean = () => false): Promise<void> {
    const reads = [...this.#hosts.values()].map((host) => host.refresh());
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        stop();
        resolve();
      };
      // A read that is shared begins when the one before has ended, which may take as long.
      const timer = setTimeout(done, refreshTimeoutMs);
      const stop = this.onChange(() => {
        if (enough()) done();
      });
      void Promise.allSettled(reads).then(done);
    });
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const host of this.#hosts.values()) host.close();
    this.#hosts.clear();
    this.#options.balancer?.close();
  }

  readonly #changed = (): void => {
    this.#places = new WeakMap();
    for (const listener of [...this.#listeners]) listener();
  };

  /** Those that `can`, without the silent ones unless all are. */
  #heard(can: (host: Host) => boolean): readonly Host[] {
    const able = [...this.#hosts.values()].filter(can);
    const heard = able.filter((host) => !host.silent);
    return heard.length > 0 ? heard : able;
  }

  /** Time in which this process itself was held up counts as little as possible. */
  #sweep(now: number): void {
    const ms = Math.min(now - this.#sweptAt, 2 * sweepMs);
    this.#sweptAt = now;
    if (this.#kept) return;
    const sharedMs = this.#options.balancer?.waitedMs(now) ?? 0;
    for (const host of [...this.#hosts.values()]) {
      host.quiet(ms);
      host.check(now, sharedMs);
      if (host.quietMs > goneMs) this.lost(host.id, host.url);
    }
  }

  /** Where others are there, what a silent host may have is sent to those. */
  #silent(silent: Host): void {
    if (this.#hosts.get(silent.id) !== silent) return;
    this.#changed();
    if (![...this.#hosts.values()].some((host) => host.ready && !host.silent)) return;
    this.#options.onSilent(silent.id);
    silent.giveUp('nothing is heard of the modelhost');
    // Which of its batches are with this host, only the balancer knows.
    this.#options.balancer?.giveUp('nothing is heard of a modelhost');
  }
}
