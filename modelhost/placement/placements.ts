import type { Logger } from '../../core/logging';
import type { Member } from '../../protocol/cluster/heartbeat';
import { placedKey, type HostLabels } from '../../protocol/placement';
import type { WantedModel } from '../lifecycle/next-action';
import type { ModelSnapshot, StoredVersion } from '../repository/snapshot';
import { Members } from './members';
import { assignmentOf, placedOn, type Assignment, type Placed } from './placed-on';

export interface PlacementsOptions {
  /** Id of this host. */
  readonly host: string;
  readonly labels: HostLabels;
  /** There are no inferrers, and so no other hosts. */
  readonly alone: boolean;
  /** Whether a version can answer here. */
  readonly serves: (model: string, version: number) => boolean;
  /** Told where a version is to be, when that has changed. */
  readonly onAssigned: (assignment: Assignment['kind']) => void;
  readonly logger: Logger;
}

/** Whether a version is loaded here, or about to be. */
export type Has = (model: string, version: number) => boolean;

/**
 * Which of the wanted versions are to be on this host. It loads and unloads nothing: what is not to
 * be here it leaves out of what is wanted, and the lifecycle acts on that.
 */
export class Placements {
  readonly #options: PlacementsOptions;
  readonly #members: Members;
  readonly #listeners = new Set<() => void>();
  readonly #hearing = new Set<() => void>();
  /** Waits, to be called when versions are to be elsewhere than before. */
  readonly #waiting = new Set<() => void>();
  #placed: readonly Placed[] = [];
  #assignments: ReadonlyMap<string, Assignment> = new Map();
  #has: Has = () => false;
  #leaving = false;
  /** What others were said to have is of before this host said that it leaves. */
  #outdated = false;

  constructor(options: PlacementsOptions) {
    this.#options = options;
    this.#members = new Members(() => this.#own(), options.alone);
  }

  /** What is wanted, without what is to be elsewhere. */
  here(
    models: ReadonlyMap<string, ModelSnapshot>,
    wanted: ReadonlyMap<string, WantedModel>,
    has: Has,
  ): Map<string, WantedModel> {
    this.#placed = [...models].flatMap(([name, model]) => placedVersions(model, wanted.get(name)));
    this.#has = has;
    const assignments = this.#decide();
    for (const placed of this.#placed) this.#say(placed, assignments);
    this.#assignments = assignments;
    for (const look of [...this.#waiting]) look();
    return new Map([...wanted].map(([name, model]) => [name, this.#onlyHere(name, model)]));
  }

  /** Where a version is to be; undefined for one that is wanted on all hosts, or not at all. */
  assignmentOf(model: string, version: number): Assignment | undefined {
    return this.#assignments.get(placedKey(model, version));
  }

  /** Where a version would be. */
  wouldBe(placed: Placed): Assignment {
    return assignmentOf(placed, this.#options.host, this.#members.current(), false);
  }

  /** Other hosts that are to have a version, and stay; undefined until the first word on them. */
  others({ model, config: { placement } }: StoredVersion): readonly Member[] | undefined {
    const members = this.#members.current();
    if (members === undefined) return undefined;
    const chosen = placement === null ? members : placedOn(placement, model, members);
    return chosen.filter(({ id, leaving }) => id !== this.#options.host && leaving !== true);
  }

  /** The listener is called when something was told of the other hosts; the answer stops it. */
  onTold(listener: () => void): () => void {
    this.#hearing.add(listener);
    return () => this.#hearing.delete(listener);
  }

  /** The listener is called when versions are to be elsewhere than `here` has said. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An inferrer has told which hosts there are. */
  tell(inferrer: string, hosts: readonly Member[]): void {
    this.#members.tell(inferrer, hosts);
    this.look();
    for (const listener of [...this.#hearing]) listener();
  }

  /** An inferrer cannot be reached. */
  lost(inferrer: string): void {
    this.#members.lost(inferrer);
    this.look();
  }

  /** Looks whether something is to be elsewhere now. */
  look(): void {
    const assignments = this.#decide();
    const same = [...assignments].every(([key, assignment]) =>
      isSame(assignment, this.#assignments.get(key)),
    );
    if (same) return;
    for (const listener of [...this.#listeners]) listener();
  }

  /** What this host tells of itself. */
  told(): { labels: HostLabels; serving: readonly string[]; leaving?: true } {
    const { labels } = this.#own();
    return {
      labels: labels ?? {},
      serving: this.#serving(),
      ...(this.#leaving ? { leaving: true as const } : {}),
    };
  }

  /** How many versions are to be where. */
  counts(): ReadonlyMap<Assignment['kind'], number> {
    const kinds = [...this.#assignments.values()].map(({ kind }) => kind);
    const all = Object.keys(said) as Assignment['kind'][];
    return new Map(all.map((kind) => [kind, kinds.filter((one) => one === kind).length]));
  }

  /** Resolves when other hosts are known where that matters, or after `ms`. */
  known(ms: number): Promise<void> {
    return this.#without('unknown', ms);
  }

  /**
   * From now on others are to have what this host has, where they can. `tell` says so to them.
   * Resolves when they have it, or after `ms`.
   */
  async leave(tell: () => Promise<void>, ms: number): Promise<void> {
    this.#leaving = true;
    if (this.#placed.length === 0) return;
    this.#outdated = true;
    this.look();
    if (this.#some('kept')) await tell();
    this.#outdated = false;
    this.look();
    await this.#without('kept', ms);
  }

  #own(): Member {
    const { host: id, labels } = this.#options;
    return { id, labels, ...(this.#leaving ? { leaving: true as const } : {}) };
  }

  #serving(): readonly string[] {
    const ready = this.#placed.filter(({ model, version }) => this.#options.serves(model, version));
    return ready.map(({ model, version }) => placedKey(model, version));
  }

  #decide(): ReadonlyMap<string, Assignment> {
    const known = this.#placed.length === 0 ? undefined : this.#members.current();
    const members = this.#outdated ? known?.map((one) => ({ ...one, serving: [] })) : known;
    const { host } = this.#options;
    return new Map(
      this.#placed.map((placed) => {
        const { model, version } = placed;
        const assignment = assignmentOf(placed, host, members, this.#has(model, version));
        return [placedKey(model, version), assignment];
      }),
    );
  }

  #onlyHere(name: string, wanted: WantedModel): WantedModel {
    const isHere = (version: number): boolean => {
      const kind = this.assignmentOf(name, version)?.kind ?? 'here';
      return kind === 'here' || kind === 'kept';
    };
    const numbers = [...wanted.versions.keys()];
    if (numbers.every(isHere)) return wanted;
    const versions = new Map([...wanted.versions].filter(([version]) => isHere(version)));
    return { ...wanted, versions };
  }

  #say({ model, version }: Placed, assignments: ReadonlyMap<string, Assignment>): void {
    const assignment = assignments.get(placedKey(model, version));
    if (assignment === undefined || isSame(assignment, this.assignmentOf(model, version))) return;
    const { logger, onAssigned } = this.#options;
    onAssigned(assignment.kind);
    logger[assignment.kind === 'nowhere' ? 'warn' : 'info'](
      { model, version, assignment },
      said[assignment.kind],
    );
  }

  #some(kind: Assignment['kind']): boolean {
    return [...this.#assignments.values()].some((assignment) => assignment.kind === kind);
  }

  #without(kind: Assignment['kind'], ms: number): Promise<void> {
    if (!this.#some(kind)) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (!this.#some(kind)) end();
      };
      const timer = setTimeout(end, ms);
      this.#waiting.add(look);
    });
  }
}

/** Lines of the log. */
const said: Readonly<Record<Assignment['kind'], string>> = {
  here: 'a version is to be on this modelhost',
  kept: 'a version is to be on other modelhosts, and stays until they have it',
  elsewhere: 'a version is on other modelhosts',
  nowhere: 'no modelhost is labelled as the placement of a version wants',
  unknown: 'a version waits until other modelhosts are known',
};

function placedVersions(
  { name, versions }: ModelSnapshot,
  wanted: WantedModel | undefined,
): Placed[] {
  return versions.flatMap(({ version, config: { placement } }) => {
    if (placement === null || wanted?.versions.has(version) !== true) return [];
    return [{ model: name, version, placement }];
  });
}

function isSame(one: Assignment, other: Assignment | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
