import type { Signature, TensorSpec } from '../../../protocol/signature';
import type { Tensor } from '../../../protocol/tensor';
import { rowsMeasured } from '../../model-config/overhead-rows';
import type { Session } from '../session';
import { flavours, madeUpRow, seededRandom, stacked, type Flavour } from './made-up-input';
import { paddedSession } from './padded-session';
import { differenceOf } from './same-results';

/** What runs on made-up input told of a model. */
export interface Trial {
  readonly ran: boolean;
  readonly rowUs: { readonly alone: number; readonly batched: number };
  readonly canBatch: boolean;
  readonly whyNoBatch: string;
}

const rowsTogether = 4;

/** How long the measurement goes on, and how often each kind of run has its turn at most. */
const measureMs = 200;
const measureTurns = 30;

/**
 * Runs a model alone and in batches; a run that fails is told, never thrown. Where runs have to be
 * filled up to `padTo` rows, the signature says that rows are free, and one row alone is filled up.
 */
export async function tryModel(
  given: Session,
  signature: Signature,
  padTo: number | null = null,
  now: () => number = () => performance.now(),
): Promise<Trial> {
  const session = padTo === null ? given : paddedSession(given, padTo);
  const most = padTo ?? Infinity;
  const outputs = carriable(signature);
  for (const flavour of flavours) {
    const random = seededRandom(1);
    const length = Math.min(rowsTogether, most);
    const rows = Array.from({ length }, () => madeUpRow(signature, flavour, random));
    if (!rows.every((row) => row !== undefined)) break;
    const alone = await runEach(session, rows, outputs);
    if (alone === undefined) continue;
    return await tryBatch({ session, signature, outputs, flavour, rows, alone, now }, most);
  }
  const whyNoBatch = whyNotByShape(signature) || 'it does not run on made-up input';
  return { ran: false, rowUs: { alone: 0, batched: 0 }, canBatch: false, whyNoBatch };
}

interface Runnable {
  readonly session: Session;
  readonly signature: Signature;
  readonly outputs: readonly string[];
  readonly flavour: Flavour;
  readonly rows: readonly Tensor[][];
  /** The outputs of each row alone. */
  readonly alone: readonly Tensor[][];
  /** Milliseconds. */
  readonly now: () => number;
}

async function tryBatch(model: Runnable, most: number): Promise<Trial> {
  const { session, outputs, rows } = model;
  const whyNoBatch = whyNotByShape(model.signature) || (await whyNotByResult(model));
  const oneRow = (): Promise<unknown> => session.run(rows[0] ?? [], outputs);
  if (whyNoBatch !== '') {
    const [alone = 0] = await fastestUs(model.now, [oneRow]);
    return { ran: true, rowUs: { alone, batched: alone }, canBatch: false, whyNoBatch };
  }
  const length = Math.min(rowsMeasured, most);
  const batch = stacked(Array.from({ length }, (_, at) => rows[at % rows.length] ?? []));
  const oneBatch = (): Promise<unknown> => session.run(batch, outputs);
  const [alone = 0, together = 0] = await fastestUs(model.now, [oneRow, oneBatch]);
  const batched = tenths(together / length);
  return { ran: true, rowUs: { alone, batched }, canBatch: true, whyNoBatch };
}

function carriable(signature: Signature): string[] {
  return signature.outputs.flatMap(({ name, datatype }) => (datatype === null ? [] : [name]));
}

async function runEach(
  session: Session,
  rows: readonly Tensor[][],
  outputs: readonly string[],
): Promise<Tensor[][] | undefined> {
  const results: Tensor[][] = [];
  try {
    for (const row of rows) results.push(await session.run(row, outputs));
  } catch {
    return undefined;
  }
  return results;
}

function whyNotByShape({ inputs, outputs }: Signature): string {
  const fixed = (what: string) => (spec: TensorSpec) =>
    typeof spec.shape?.[0] === 'number' || spec.shape?.[0] === undefined
      ? [`${what} '${spec.name}' has no free first dimension`]
      : [];
  const served = outputs.filter(({ datatype }) => datatype !== null);
  const [why = ''] = [...inputs.flatMap(fixed('input')), ...served.flatMap(fixed('output'))];
  if (inputs.length === 0) return 'it has no inputs';
  return why;
}

async function whyNotByResult(model: Runnable): Promise<string> {
  if (model.flavour === 'zero') return 'it runs on zeros only, which does not tell rows apart';
  const { session, outputs, rows, alone } = model;
  const together = await runEach(session, [stacked(rows)], outputs);
  if (together === undefined) return 'several rows together cannot be run';
  return differenceOf(together[0] ?? [], stacked(alone));
}

/**
 * The least microseconds of each kind of run, which take turns: whatever else the machine does only
 * adds to a time, and may last for longer than all runs of one kind.
 */
async function fastestUs(
  now: () => number,
  runs: readonly (() => Promise<unknown>)[],
): Promise<number[]> {
  const fastest = runs.map(() => Infinity);
  const end = now() + measureMs;
  let turns = 0;
  do {
    for (const [kind, run] of runs.entries()) {
      const from = now();
      await run();
      fastest[kind] = Math.min(fastest[kind] ?? Infinity, now() - from);
    }
    turns++;
  } while (turns < measureTurns && now() < end);
  return fastest.map((ms) => tenths(ms * 1000));
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
