import type { ServerResponse } from 'node:http';
import { ShoalError } from '../../core/errors';
import type { ModelEntry } from '../../protocol/catalog';
import { EventLog, type LoggedEvent } from '../../serving/events/event-log';
import { sendEvents } from '../../serving/events/event-stream';
import type { KnownHost } from '../hosts/host-registry';
import type { Change, ChangeName } from './change';
import { clusterChanges } from './cluster-changes';
import { following, snapshotOf, type ClusterSnapshot } from './cluster-snapshot';
import { stateJson } from './state-json';

export interface ClusterEventsOptions {
  readonly hosts: () => readonly KnownHost[];
  /** See `ClusterSnapshot`. */
  readonly models: () => readonly ModelEntry[] | null;
  /** Events that are kept. */
  readonly keep: number;
  readonly mostFollowers: number;
  /** So long followers have to take the rest when no more will come: a process that stops waits for them. */
  readonly lastWordsMs: number;
  readonly now: () => Date;
  /** Told of each event. */
  readonly observe?: (name: ChangeName) => void;
}

/** Who follows, and what. */
export interface Following {
  /** `Last-Event-ID`, as it came. */
  readonly lastId: string;
  /** Only what is about this model; absent: everything. */
  readonly model?: string | undefined;
  /** False: only what is there now. */
  readonly follows: boolean;
}

/**
 * What happens in the cluster, as this inferrer finds it: what it acts on is compared with what it
 * acted on before. Ids begin with the name of this life of the process, so that those of another life,
 * or of another inferrer, are not taken for its own: who comes with one is told the state instead, as
 * is who comes with none, or has missed what is not kept any more.
 */
export interface ClusterEvents {
  /** Compares; to be called after changes. */
  look(): void;
  /** Resolves when the caller has gone or there will be no more. Throws overloaded. */
  follow(response: ServerResponse, following: Following): Promise<void>;
  followers(): number;
  /** Those who follow are done. */
  close(): void;
}

export function createClusterEvents(options: ClusterEventsOptions): ClusterEvents {
  return new Events(options);
}

const knowsNothing = -1;

/** Why the state is told. */
type Because = 'begin' | 'other_life' | 'gap';

class Events implements ClusterEvents {
  readonly #options: ClusterEventsOptions;
  readonly #log: EventLog;
  /** What all events together have led to. */
  #seen: ClusterSnapshot = { hosts: [], models: null };
  /** Answers that are not over. */
  readonly #open = new Set<ServerResponse>();

  constructor(options: ClusterEventsOptions) {
    this.#options = options;
    this.#log = new EventLog(options.keep);
  }

  look(): void {
    const before = this.#seen;
    const found = snapshotOf(this.#options.hosts(), this.#options.models());
    const now = following(before, found);
    for (const change of clusterChanges(before, now)) this.#tell(change);
    this.#seen = now;
    // That the models are there is told by the state: they were there before this process was.
    if (before.models === null && now.models !== null) this.#log.break();
  }

  async follow(response: ServerResponse, { lastId, model, follows }: Following): Promise<void> {
    const { mostFollowers } = this.#options;
    if (this.#open.size >= mostFollowers) throw tooMany(mostFollowers);
    if (response.closed) return;
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    const id = this.#log.idIn(lastId) ?? knowsNothing;
    let because: Because = lastId === '' ? 'begin' : id === knowsNothing ? 'other_life' : 'gap';
    await sendEvents(response, {
      log: this.#log,
      id,
      follows,
      wants: ({ data }) => model === undefined || (data as Change['data']).model === model,
      instead: () => {
        const state = this.#state(because, model);
        because = 'gap';
        return state;
      },
    });
  }

  followers(): number {
    return this.#open.size;
  }

  close(): void {
    this.#log.end();
    setTimeout(() => {
      for (const response of this.#open) response.destroy();
    }, this.#options.lastWordsMs).unref();
  }

  #tell({ name, data }: Change): void {
    this.#options.observe?.(name);
    this.#log.add(name, { at: this.#now(), ...data });
  }

  #state(because: Because, model: string | undefined): LoggedEvent {
    const data = { at: this.#now(), because, ...stateJson(this.#seen, model) };
    return { id: this.#log.lastId, name: 'state', data };
  }

  #now(): string {
    return this.#options.now().toISOString();
  }
}

function tooMany(most: number): ShoalError {
  return new ShoalError(
    'overloaded',
    `Events are told to ${most} followers at a time (EVENT_FOLLOWERS), and so many there are; try again later, or ask another inferrer.`,
    { retryAfter: 5 },
  );
}
