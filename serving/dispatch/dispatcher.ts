import { ShoalError } from '../../core/errors';
import type { Servable } from '../../protocol/catalog';
import type { Attempt, Batch, BatchReply } from '../../protocol/link/batch';
import { callerLeft, tooLate } from '../batching/refusals';
import { StaleServable } from '../stale-servable';
import { trusted } from './health';
import { loadedInTime } from './loaded-in-time';
import type { Place } from './place';
import type { Dice, Picker } from './picker';
import type { RetryBudget } from './retry-budget';

/** Where batches can go. `round` counts the tries of one batch from 0. */
export interface Places {
  serving(servable: Servable, round: number): readonly Place[];
  /** True where waiting is in vain: no host that is there will serve it, by what they know now. */
  superseded(servable: Servable): boolean;
  /** Resolves at the next change of the cluster, or after `ms`. */
  changed(ms: number): Promise<void>;
  /**
   * Has a servable loaded that is not, and is when it is asked for. Resolves when it may be served;
   * rejects with the reason why it cannot be. Undefined where there is nothing to load.
   */
  demand?(servable: Servable, deadline: number): Promise<void> | undefined;
  /** Why no place serves it, where the operator has to do something about it. */
  why?(servable: Servable): string | undefined;
}

/** Told of every try and of what followed; for metrics and the log. */
export interface DispatchObserver {
  /** A place that was trusted is left out from now on. */
  ejected(place: string, outcome: Failure, cause: string): void;
  /** A place that was left out has answered. */
  readmitted(place: string): void;
  attempt(place: string, outcome: Attempt['outcome'], requests: number): void;
  /**
   * A batch is sent again, after this outcome; of a lost one each request by itself. `budget`: a
   * lost batch is not, because the retry budget is spent.
   */
  retried(outcome: Attempt['outcome'] | 'budget', requests: number): void;
}

/** How an attempt ended for which a place is left out. */
export type Failure = Exclude<Attempt['outcome'], 'replied'>;

export interface DispatcherOptions {
  readonly places: Places;
  readonly pick: Picker;
  readonly dice: Dice;
  readonly budget: RetryBudget;
  /** How long a batch waits for a host that serves it when there is none. */
  readonly noHostWaitMs: number;
  /** What a batch of one request is refused with that is known to kill runners. */
  readonly refusal?: (batch: Batch) => ShoalError | undefined;
  readonly observer: DispatchObserver;
}

/** How long to wait before asking again the hosts that all have refused. */
const refusedWaitMs = 50;
/** How long the host that lost a request a second time may take to say why. */
const heardMs = 1000;
/** How often a batch may be lost, broken or failed by the host itself and be sent again. */
const maxLosses = 3;

/**
 * Sends a batch to one host after another until one answers. What was never started (unreached,
 * refused) is tried elsewhere for free; what was lost or broken may have run and is repeated within
 * the retry budget, because models without state answer the same again. Without any host it waits.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #ejected = new WeakSet<Place>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  readonly run = async (given: Batch, deadline: number): Promise<BatchReply> => {
    let batch = given;
    const { budget, observer } = this.#options;
    const requests = batch.segments.length;
    const now = performance.now();
    const tries = new Tries(given, deadline, now + this.#options.noHostWaitMs);
    if (given.copies !== true) budget.requests(requests, now);
    for (;;) {
      const place = this.#choose(batch.servable, tries);
      if (place === undefined) {
        await this.#wait(batch, tries);
        throwIfOver(batch, deadline);
        continue;
      }
      tries.tell(observer, requests);
      const attempt = await place.send(later(batch, performance.now() - now), deadline);
      this.#observe(place, attempt, requests);
      const reply = settle(attempt, batch);
      if (reply !== undefined) return tries.loadMs > 0 ? { ...reply, loadMs: tries.loadMs } : reply;
      tries.failed(place, attempt.outcome);
      const fault = faultOf(attempt, batch);
      if (fault !== undefined) this.#spend(tries, fault, batch);
      throwIfOver(batch, deadline);
      if (fault !== undefined && attempt.outcome === 'lost') {
        batch = await this.#again(batch, place, fault);
      }
    }
  };

  #observe(place: Place, attempt: Attempt, requests: number): void {
    const { observer } = this.#options;
    observer.attempt(place.id, attempt.outcome, requests);
    if (place.health.state === 'healthy') {
      if (this.#ejected.delete(place)) observer.readmitted(place.id);
    } else if (attempt.outcome !== 'replied' && !this.#ejected.has(place)) {
      this.#ejected.add(place);
      observer.ejected(place.id, attempt.outcome, causeOf(attempt));
    }
  }

  #choose(servable: Servable, tries: Tries): Place | undefined {
    const { places, pick, dice } = this.#options;
    const serving = places.serving(servable, tries.round);
    const untried = serving.filter((place) => !tries.has(place));
    const left = trusted(untried, performance.now());
    return left.length === 0 ? undefined : pick(left, dice);
  }

  /**
   * Waits for the cluster to change; when the time for that is over, says so to the callers. What
   * no host will serve any more is to be resolved again. Copies for a shadow wait for nothing, and
   * nothing is loaded for them.
   */
  async #wait({ servable, copies }: Batch, tries: Tries): Promise<void> {
    const { places, noHostWaitMs } = this.#options;
    if (places.superseded(servable)) throw new StaleServable(servable.model);
    if (copies === true) throw notThere(servable);
    const load = places.demand?.(servable, tries.deadline);
    if (load !== undefined) {
      await tries.loading(load, servable.model, noHostWaitMs);
      return;
    }
    const leftMs = tries.leftMs(performance.now());
    if (leftMs <= 0) throw tries.outOfTime(servable.model, places.why?.(servable));
    await places.changed(Math.min(leftMs, refusedWaitMs));
    tries.again();
  }

  /**
   * A lost batch as it is sent again. The callers of one are parted at once, so that the guilty
   * cannot take the others with it a second time. Before a single request that was lost twice is
   * sent to a third runner, the host that had it last is heard: it knows what its runner died of.
   */
  async #again(batch: Batch, last: Place, fault: ShoalError): Promise<Batch> {
    if (batch.segments.length > 1) throw fault;
    const losses = (batch.losses ?? 0) + 1;
    const again = { ...batch, losses };
    if (losses > 1) {
      await this.#heard(batch.servable, last);
      const refusal = this.#options.refusal?.(again);
      if (refusal !== undefined) throw refusal;
    }
    return again;
  }

  /** Waits until a place that is dead is known to be. */
  async #heard(servable: Servable, last: Place): Promise<void> {
    const { places } = this.#options;
    const until = performance.now() + heardMs;
    while (places.serving(servable, 1).includes(last) && performance.now() < until) {
      await places.changed(until - performance.now());
    }
  }

  /** Throws where it is not to be sent again; the budget is there for those who wait for answers. */
  #spend(tries: Tries, fault: ShoalError, { segments, copies }: Batch): void {
    if (copies === true) throw notRepeated(fault);
    const { budget, observer } = this.#options;
    const requests = segments.length;
    const now = performance.now();
    tries.losses += 1;
    if (tries.losses > maxLosses) {
      // Its callers may be tried once more one by one, to part the guilty from the others.
      if (requests > 1) budget.charge(requests, now);
      throw fault;
    }
    if (budget.take(requests, now)) return;
    observer.retried('budget', requests);
    throw notRepeated(fault);
  }
}

/** A fault after which nothing is repeated in any form: the budget for that is spent. */
export class NotRepeated extends ShoalError {}

function notRepeated({ code, message, details }: ShoalError): NotRepeated {
  return new NotRepeated(code, message, details);
}

function notThere({ model, version }: Servable): ShoalError {
  const which = `version ${version} of '${model}'`;
  return new ShoalError('model_not_ready', `no modelhost has ${which} in memory for a copy`);
}

/** So many milliseconds more or less make no difference to who waits. */
const sameMs = 5;

/** The batch as it is so much later: whoever runs it must not take it for new. */
function later(batch: Batch, ms: number): Batch {
  if (ms < sameMs) return batch;
  const segments = batch.segments.map((segment) => ({
    ...segment,
    timeLeftMs: segment.timeLeftMs - ms,
  }));
  return { ...batch, segments };
}

/** What one batch has been through. */
class Tries {
  readonly deadline: number;
  #giveUpAt: number;
  #tried: Place[] = [];
  /** How the try before ended; a request that was lost with others comes with that from them. */
  #before: Attempt['outcome'] | undefined;
  round = 0;
  losses = 0;
  /** Milliseconds that it has waited for loads. */
  loadMs = 0;

  constructor(batch: Batch, deadline: number, giveUpAt: number) {
    if ((batch.losses ?? 0) > 0) this.#before = 'lost';
    this.deadline = deadline;
    this.#giveUpAt = giveUpAt;
  }

  has(place: Place): boolean {
    return this.#tried.includes(place);
  }

  /** Tells of the try that begins now, unless it is the first. */
  tell(observer: DispatchObserver, requests: number): void {
    if (this.#before !== undefined) observer.retried(this.#before, requests);
  }

  failed(place: Place, outcome: Attempt['outcome']): void {
    this.#before = outcome;
    this.#tried.push(place);
    this.round += 1;
  }

  /** Places that have failed may be tried again. */
  again(): void {
    this.#tried = [];
  }

  /** Waits for a load, which others may have asked for; afterwards for hosts as at the beginning. */
  async loading(load: Promise<void>, model: string, noHostWaitMs: number): Promise<void> {
    const began = performance.now();
    await loadedInTime(load, model, this.deadline);
    const now = performance.now();
    this.loadMs += now - began;
    this.#giveUpAt = now + noHostWaitMs;
    this.again();
  }

  leftMs(now: number): number {
    return Math.min(this.deadline, this.#giveUpAt) - now;
  }

  outOfTime(model: string, why = 'try again later'): ShoalError {
    if (this.deadline <= this.#giveUpAt) {
      return new ShoalError(
        'deadline_exceeded',
        `no modelhost that serves model '${model}' came before the request's deadline`,
      );
    }
    return new ShoalError('no_host', `no modelhost serves model '${model}' now; ${why}`, {
      retryAfter: 1,
    });
  }
}

/** The reply, or nothing where another place may be tried; throws what the callers shall see. */
function settle(attempt: Attempt, batch: Batch): BatchReply | undefined {
  if (attempt.outcome === 'replied') return attempt.reply;
  if (attempt.outcome === 'failed' && attempt.error.code !== 'internal') throw attempt.error;
  if (attempt.outcome === 'refused' && attempt.reason === 'stale_generation') {
    throw new StaleServable(batch.servable.model);
  }
  return undefined;
}

/** What the callers see in the end where each try may have run the batch; else nothing. */
function faultOf(attempt: Attempt, { servable }: Batch): ShoalError | undefined {
  if (attempt.outcome === 'failed') return attempt.error;
  if (attempt.outcome !== 'lost' && attempt.outcome !== 'broken') return undefined;
  return new ShoalError(
    'host_lost',
    `the modelhost was lost while it worked on the request for version ${servable.version} of model ` +
      `'${servable.model}', and so was each retry; try again`,
    { retryAfter: 1, cause: attempt.cause },
  );
}

function causeOf(attempt: Attempt): string {
  if ('cause' in attempt) return attempt.cause;
  if ('reason' in attempt) return `refuses: ${attempt.reason}`;
  return 'error' in attempt ? attempt.error.message : '';
}

/** Throws deadline_exceeded, and client_closed where nobody waits for the batch any more. */
function throwIfOver({ servable, unwanted }: Batch, deadline: number): void {
  if (deadline <= performance.now()) throw tooLate(servable.model);
  if (unwanted?.() === true) throw callerLeft();
}
