import type { RunnerAddress } from '../../protocol/cluster/heartbeat';
import type { HostLink } from '../../protocol/link/batch';
import { Place } from '../../serving/dispatch/place';
import { lateMs } from './late';

/** A link that can be asked whether it is still one; see FramesLink. */
export interface RunnerLink extends HostLink {
  check(now: number, aliveAt: number | undefined): void;
}

export type ToRunner = (runner: RunnerAddress, hostId: string) => RunnerLink;

interface Way {
  readonly place: Place;
  readonly link: RunnerLink;
  /** When the runner last gave its host a sign of life, as far as the heartbeats say. */
  aliveAt: number | undefined;
}

/** The links to the runners of one host, as its heartbeats name them. */
export class RunnerWays {
  readonly #hostId: string;
  readonly #toRunner: ToRunner;
  readonly #ways = new Map<string, Way>();

  constructor(hostId: string, toRunner: ToRunner) {
    this.#hostId = hostId;
    this.#toRunner = toRunner;
  }

  get places(): readonly Place[] {
    return [...this.#ways.values()].map(({ place }) => place);
  }

  placeOf(runner: string): Place | undefined {
    return this.#ways.get(runner)?.place;
  }

  follow(runners: readonly RunnerAddress[], now: number): void {
    for (const runner of runners) {
      let way = this.#ways.get(runner.id);
      if (way === undefined) {
        const link = this.#toRunner(runner, this.#hostId);
        way = { link, place: new Place(this.#hostId, link), aliveAt: undefined };
        this.#ways.set(runner.id, way);
      }
      if (runner.quietMs !== undefined) way.aliveAt = now - runner.quietMs;
    }
    for (const [id, { place }] of this.#ways) {
      if (runners.some((runner) => runner.id === id)) continue;
      this.#ways.delete(id);
      place.close();
    }
  }

  /** Looks after connections whose answers are late. */
  check(now: number): void {
    for (const { place, link, aliveAt } of this.#ways.values()) {
      if (place.waitedMs(now) > lateMs) link.check(now, aliveAt);
    }
  }

  close(): void {
    for (const place of this.places) place.close();
  }
}
