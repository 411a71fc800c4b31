import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Tensor } from '../../protocol/tensor';
import type { RunOrder, RunResult } from './runtime-child';

/** The child ends when nothing was asked of it for this long. */
const idleMs = 500;

interface Waiting {
  readonly resolve: (outputs: Tensor[]) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly child: ChildProcess;
  readonly waiting: Map<number, Waiting>;
}

let running: Running | undefined;
let lastId = 0;

/**
 * The runtime's own result, to compare with: loads the model file in a child process with one
 * thread, runs it, and gives the outputs in the order asked for (none: all that are tensors).
 * Rejects with the runtime's error text; a runtime that aborts rejects with its signal.
 */
export function runReference(
  modelPath: string,
  tensors: readonly Tensor[],
  outputs: readonly string[] = [],
): Promise<Tensor[]> {
  const inputs = tensors.map((tensor) => ({ ...tensor, data: new Uint8Array(tensor.data) }));
  return ordered({ model: path.resolve(modelPath), inputs, outputs, savedAs: '' });
}

/** Has the runtime save a model in the ORT format, as `target`, a path that ends in .ort. */
export async function saveAsOrt(modelPath: string, target: string): Promise<string> {
  await ordered({ model: path.resolve(modelPath), inputs: [], outputs: [], savedAs: target });
  return target;
}

function ordered(wanted: Omit<RunOrder, 'id'>): Promise<Tensor[]> {
  running ??= start();
  const { child, waiting } = running;
  const order: RunOrder = { id: ++lastId, ...wanted };
  return new Promise((resolve, reject) => {
    waiting.set(order.id, { resolve, reject });
    child.ref();
    child.channel?.ref();
    child.send(order);
  });
}

function start(): Running {
  const child = fork(path.join(__dirname, 'runtime-child.js'), [], {
    serialization: 'advanced',
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const started: Running = { child, waiting: new Map() };
  child.on('message', (result: RunResult) => {
    settle(started, result);
  });
  child.on('exit', (code, signal) => {
    if (running === started) running = undefined;
    for (const { reject } of started.waiting.values()) {
      reject(new Error(`the runtime ended with ${signal ?? String(code)}`));
    }
  });
  return started;
}

function settle(from: Running, result: RunResult): void {
  const waiting = from.waiting.get(result.id);
  from.waiting.delete(result.id);
  if (result.error === '') waiting?.resolve([...result.outputs]);
  else waiting?.reject(new Error(result.error));
  if (from.waiting.size > 0) return;
  setTimeout(() => {
    if (from.waiting.size > 0 || running !== from) return;
    running = undefined;
    from.child.disconnect();
  }, idleMs).unref();
  from.child.unref();
  from.child.channel?.unref();
}
