import {
  filled,
  flavours,
  rowForms,
  seededRandom,
  stacked,
  type MadeUpBy,
} from '../../../protocol/made-up-input';
import type { Signature, TensorSpec } from '../../../protocol/signature';
import type { Tensor } from '../../../protocol/tensor';
import { rowsMeasured } from '../../model-config/overhead-rows';
import type { Session } from '../session';
import { fastestUs, tenths } from './fastest-run';
import { paddedSession } from './padded-session';
import { differenceOf } from './same-results';

/** What runs on made-up input told of a model. */
export interface Trial {
  readonly ran: boolean;
  /** What it ran on; absent where it did not. */
  readonly madeUpBy?: MadeUpBy;
  readonly rowUs: { readonly alone: number; readonly batched: number };
  readonly canBatch: boolean;
  readonly whyNoBatch: string;
}

const rowsTogether = 4;

/** Sizes of free dimensions, and seeds, that are tried where nothing usual runs, and for how long. */
const freeSizes = [8, 64, 256, 512];
const seeds = Array.from({ length: 300 }, (_, at) => 2 + at);
const searchMs = 1000;

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
  const model = { session, signature, outputs: carriable(signature), now };
  for (const flavour of flavours) {
    const by = { flavour, seed: 1, freeSize: 1 };
    const rows = rowsOf(model, by, Math.min(rowsTogether, most));
    const alone = await runEach(model, rows);
    if (alone !== undefined) return await tryBatch({ ...model, by, rows, alone }, most);
  }
  const why = whyNotByShape(signature);
  return (
    (await search(model, why || 'it runs on few made-up inputs only')) ?? {
      ran: false,
      rowUs: { alone: 0, batched: 0 },
      canBatch: false,
      whyNoBatch: why || 'it does not run on made-up input',
    }
  );
}

interface Tried {
  readonly session: Session;
  readonly signature: Signature;
  readonly outputs: readonly string[];
  /** Milliseconds. */
  readonly now: () => number;
}

interface Runnable extends Tried {
  readonly by: MadeUpBy;
  readonly rows: readonly Tensor[][];
  /** The outputs of each row alone. */
  readonly alone: readonly Tensor[][];
}

/** Rows one after the other from one source of numbers; none where an input cannot be made up. */
function rowsOf(
  { signature }: Tried,
  { flavour, seed, freeSize }: MadeUpBy,
  count: number,
): Tensor[][] {
  const forms = rowForms(signature, freeSize);
  if (forms === undefined) return [];
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => filled(forms, flavour, random));
}

/** Models that want sizes or numbers that go together: longer rows, then other numbers. */
async function search(model: Tried, whyNoBatch: string): Promise<Trial | undefined> {
  const end = model.now() + searchMs;
  const longer = freeSizes.flatMap((freeSize) =>
    flavours.map((flavour) => ({ flavour, seed: 1, freeSize })),
  );
  const others = seeds.map((seed) => ({ flavour: 'varied' as const, seed, freeSize: 1 }));
  for (const madeUpBy of [...longer, ...others]) {
    if (model.now() > end) break;
    const rows = rowsOf(model, madeUpBy, 1);
    if ((await runEach(model, rows)) === undefined) continue;
    const alone = await aloneUs(model, rows);
    return { ran: true, madeUpBy, rowUs: { alone, batched: alone }, canBatch: false, whyNoBatch };
  }
  return undefined;
}

async function aloneUs({ session, outputs, now }: Tried, rows: Runnable['rows']): Promise<number> {
  const [alone = 0] = await fastestUs(now, [() => session.run(rows[0] ?? [], outputs)]);
  return alone;
}

async function tryBatch(model: Runnable, most: number): Promise<Trial> {
  const { session, outputs, rows, by: madeUpBy } = model;
  const whyNoBatch = whyNotByShape(model.signature) || (await whyNotByResult(model));
  if (whyNoBatch !== '') {
    const alone = await aloneUs(model, rows);
    return { ran: true, madeUpBy, rowUs: { alone, batched: alone }, canBatch: false, whyNoBatch };
  }
  const length = Math.min(rowsMeasured, most);
  const batch = stacked(Array.from({ length }, (_, at) => rows[at % rows.length] ?? []));
  const oneRow = (): Promise<unknown> => session.run(rows[0] ?? [], outputs);
  const oneBatch = (): Promise<unknown> => session.run(batch, outputs);
  const [alone = 0, together = 0] = await fastestUs(model.now, [oneRow, oneBatch]);
  const batched = tenths(together / length);
  return { ran: true, madeUpBy, rowUs: { alone, batched }, canBatch: true, whyNoBatch };
}

/** Outputs that can be carried. */
export function carriable(signature: Signature): string[] {
  return signature.outputs.flatMap(({ name, datatype }) => (datatype === null ? [] : [name]));
}

async function runEach(
  { session, outputs }: Tried,
  rows: readonly Tensor[][],
): Promise<Tensor[][] | undefined> {
  if (rows.length === 0) return undefined;
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
  const { rows, alone, by } = model;
  const same = { zero: 'zeros', one: 'ones', varied: '', binary: '' }[by.flavour];
  if (same !== '') return `it runs on ${same} only, which does not tell rows apart`;
  const together = await runEach(model, [stacked(rows)]);
  if (together === undefined) return 'several rows together cannot be run';
  return differenceOf(together[0] ?? [], stacked(alone));
}
