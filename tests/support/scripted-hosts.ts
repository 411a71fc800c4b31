import type { Servable } from '../../protocol/catalog';
import type { Attempt, Batch, HostLink } from '../../protocol/link/batch';
import { Dispatcher, type DispatcherOptions, type Places } from '../../serving/dispatch/dispatcher';
import type { Place } from '../../serving/dispatch/place';
import { RetryBudget } from '../../serving/dispatch/retry-budget';
import { floats, servable, spec } from './servables';

/** Answers with the scripted outcomes in turn, then with a reply. */
export class ScriptedLink implements HostLink {
  sent = 0;
  readonly rows: number[] = [];
  readonly #script: Attempt[];
  readonly #host: string;

  constructor(host: string, script: Attempt[] = []) {
    this.#host = host;
    this.#script = script;
  }

  send(batch: Batch): Promise<Attempt> {
    this.sent += 1;
    this.rows.push(batch.rows);
    const reply = { host: this.#host, outputs: [], queueUs: 0, runUs: 0 };
    return Promise.resolve(this.#script.shift() ?? { outcome: 'replied', reply });
  }

  giveUp(): void {
    this.close();
  }

  close(): void {
    this.#script.length = 0;
  }
}

/** What all batches here are for. */
export const model = servable([spec('x', ['n'])], [spec('y', ['n'])]);
/** How an attempt can end. */
export const lost: Attempt = { outcome: 'lost', cause: 'gone' };
export const unreached: Attempt = { outcome: 'unreached', cause: 'refused' };
export const broken: Attempt = { outcome: 'broken', cause: 'nonsense' };
export const draining: Attempt = { outcome: 'refused', reason: 'draining' };

function batchOf(of: Servable, requests = 1): Batch {
  const segment = { requestId: 'r', rows: 1, timeLeftMs: 1000, priority: 0, trace: '' };
  const input = floats('x', [requests], Array<number>(requests).fill(0));
  return {
    servable: of,
    rows: requests,
    segments: Array<typeof segment>(requests).fill(segment),
    inputs: [{ ...input, chunks: [input.data] }],
    outputs: [],
  };
}

/** Places that are there until the test says otherwise; counts how often somebody waits for others. */
export class FakePlaces implements Places {
  list: Place[];
  waits = 0;
  gone = false;
  onWait: () => void = () => undefined;

  constructor(list: Place[]) {
    this.list = list;
  }

  superseded(): boolean {
    return this.gone;
  }

  serving(): readonly Place[] {
    return this.list;
  }

  changed(): Promise<void> {
    this.waits += 1;
    this.onWait();
    return new Promise(setImmediate);
  }
}

/** A dispatcher that takes the first place it may, and what it tells. */
export function dispatcher(
  places: Places,
  overrides: Partial<Pick<DispatcherOptions, 'noHostWaitMs' | 'budget' | 'refusal'>> = {},
) {
  const retried: string[] = [];
  const ejected: string[] = [];
  const subject = new Dispatcher({
    places,
    pick: (candidates) => candidates[0]!,
    dice: () => 0,
    budget: overrides.budget ?? new RetryBudget(),
    noHostWaitMs: overrides.noHostWaitMs ?? 1000,
    ...(overrides.refusal !== undefined && { refusal: overrides.refusal }),
    observer: {
      attempt: () => undefined,
      ejected: (place) => ejected.push(place),
      readmitted: () => undefined,
      retried: (outcome) => retried.push(outcome),
    },
  });
  const run = (requests = 1, ms = 5000): ReturnType<typeof subject.run> =>
    subject.run(batchOf(model, requests), performance.now() + ms);
  return { run, runBatch: subject.run, retried, ejected };
}
