import { asShoalError, type ErrorCode } from '../../core/errors';
import type { Catalog, Servable } from '../../protocol/catalog';
import type {
  Infer,
  InferContext,
  InferRequest,
  InferResponse,
  ResolvedRequest,
} from '../../protocol/infer';
import { byteSize, type Tensor } from '../../protocol/tensor';
import type { Shadow } from '../../protocol/versions/traffic';
import { createTurns } from '../http/turns';
import { StaleServable } from '../stale-servable';
import { compareAnswers, type Compared } from './compare-answers';
import { CopiesUnderWay } from './copies-under-way';
import type { Dice } from './spread';

/**
 * What became of a copied request; `lost`: its runner or its host died meanwhile, of it or of something
 * else. A version that kills runners is found out by its modelhost.
 */
export type ShadowOutcome = Compared['outcome'] | 'failed' | 'lost' | 'dropped';

/** Told of every request that was to be copied; `difference` is 0 where nothing was compared. */
export type ObserveShadow = (
  servable: Pick<Servable, 'model' | 'version'>,
  outcome: ShadowOutcome,
  difference: number,
) => void;

export interface ShadowParts {
  readonly catalog: Catalog;
  /** Answers a resolved request as a live one, without what is meant for callers. */
  readonly infer: Infer<ResolvedRequest>;
  /** More waits than leaves with the next batch: there is nothing to spare. */
  readonly busy: () => boolean;
  readonly observe: ObserveShadow;
  readonly dice: Dice;
}

/** Has another version answer copies of requests, for comparison only. */
export interface Shadows {
  /** To be told of each live answer; takes no time of it, and never fails. */
  copy(shadow: Shadow, request: InferRequest, live: InferResponse): void;
}

/** A copy that has more bytes with its answer is dropped. */
const mostBytes = 2 ** 20;

export function createShadows(parts: ShadowParts): Shadows {
  const underWay = new CopiesUnderWay();
  const turn = createTurns<() => void>(1, takeTurn);

  async function run({ request, live }: Copied): Promise<void> {
    try {
      const answer = await answered(parts, request);
      const { outcome, difference } = await compareAnswers(live.outputs, answer.outputs, turn);
      parts.observe(request.servable, outcome, difference);
    } catch (error) {
      parts.observe(request.servable, outcomeOf(error), 0);
    } finally {
      underWay.count(request.model, request.servable.version, -1);
    }
  }

  return {
    copy({ version, share }, request, live) {
      // What it has answered itself is no comparison.
      if (live.defaultFor !== undefined || live.version === String(version)) return;
      if (parts.dice() >= share) return;
      const { model } = request;
      const large = sizeOf(request.inputs) + sizeOf(live.outputs) > mostBytes;
      // What lies in a client's memory may be another by now.
      const elsewhere = request.inputs.some(({ shared }) => shared !== undefined);
      const full = underWay.isFull(model, version);
      if (full || large || elsewhere || parts.busy()) {
        parts.observe({ model, version }, 'dropped', 0);
        return;
      }
      let servable: Servable;
      try {
        servable = parts.catalog.resolve(model, String(version));
      } catch (error) {
        parts.observe({ model, version }, outcomeOf(error), 0);
        return;
      }
      const copied = { request: copyOf(request, servable), live };
      underWay.count(model, version, 1);
      // When the live answer has been written.
      setImmediate(() => void run(copied));
    },
  };
}

function takeTurn(go: () => void): void {
  go();
}

/** Errors of copies that were not run: there was no room for them, or nobody who could. */
const notRun: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'overloaded',
  'deadline_exceeded',
  'no_host',
  'model_not_ready',
  'insufficient_memory',
  'shutting_down',
]);

function outcomeOf(error: unknown): ShadowOutcome {
  if (error instanceof StaleServable) return 'dropped';
  const { code } = asShoalError(error);
  if (code === 'host_lost') return 'lost';
  return notRun.has(code) ? 'dropped' : 'failed';
}

interface Copied {
  readonly request: ResolvedRequest;
  readonly live: InferResponse;
}

/** Resolved a second time where the model has changed meanwhile; its versions stay what they are. */
async function answered(
  { catalog, infer }: ShadowParts,
  request: ResolvedRequest,
): Promise<InferResponse> {
  try {
    return await infer(request, ownContext(request.servable));
  } catch (error) {
    if (!(error instanceof StaleServable)) throw error;
    const { model, version } = request;
    await catalog.refresh(model, performance.now() + request.servable.defaultTimeoutMs);
    const servable = catalog.resolve(model, version);
    return infer({ ...request, servable }, ownContext(servable));
  }
}

/**
 * Without the caller's parameters, which may ask for more than an answer. The memory of the inputs is
 * used again once the live answer has left.
 */
function copyOf(request: InferRequest, servable: Servable): ResolvedRequest {
  const { model, outputs, classes } = request;
  const inputs = request.inputs.map(({ name, datatype, shape, data }) => {
    return { name, datatype, shape, data: new Uint8Array(data) };
  });
  const version = String(servable.version);
  return { model, version, id: '', inputs, outputs, classes, parameters: new Map(), servable };
}

/** The least urgent of all: within a batch's queue everybody else comes first. */
const leastPriority = 9;

function ownContext({ defaultTimeoutMs }: Servable): InferContext {
  const now = performance.now();
  return {
    requestId: 'shadow',
    caller: { peer: '', header: () => undefined },
    arrivedAt: now,
    deadline: now + defaultTimeoutMs,
    gone: false,
    priority: leastPriority,
    trace: '',
    copy: true,
    stages: { decode: 0, queue: 0, transfer: 0, run: 0, encode: 0 },
  };
}

function sizeOf(tensors: readonly Tensor[]): number {
  let bytes = 0;
  for (const tensor of tensors) bytes += byteSize(tensor);
  return bytes;
}
