import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tensor } from '../../protocol/tensor';
import { runReference } from './runtime-run';

/** A call to a model, and what a test has worked out by itself that the answer must be. */
export interface WorkedOut {
  /** The file, or what is in it. */
  readonly model: string | Uint8Array;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/**
 * Resolves with what is wrong, in words: where the runtime's own result is another than what was
 * worked out, or none. Answers that are compared with the one are so compared with the other.
 */
export async function disagreements(calls: readonly WorkedOut[]): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-worked-out-'));
  try {
    const all = await Promise.all(
      calls.map((call, at) => disagreement(call, folder, at).catch(String)),
    );
    return all.filter((one) => one !== undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function disagreement(
  { model, inputs, outputs }: WorkedOut,
  folder: string,
  number: number,
): Promise<string | undefined> {
  const file = typeof model === 'string' ? model : path.join(folder, `${number}.onnx`);
  if (typeof model !== 'string') writeFileSync(file, model);
  const names = outputs.map(({ name }) => name);
  const found = await runReference(file, inputs, names);
  const same = outputs.every(({ datatype, shape, data }, at) => {
    const one = found[at]!;
    const alike = one.datatype === datatype && String(one.shape) === String(shape);
    return alike && Buffer.compare(one.data, data) === 0;
  });
  return same ? undefined : `the runtime's own ${names.join(', ')} of call ${number} differ`;
}
