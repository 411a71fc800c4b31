import { asShoalError } from '../../core/errors';
import type { FromRunner, RunnerLoad, RunnerStart, ToRunner } from './control';
import { createCurrentMark, type CurrentMark } from './current-mark';
import { FramesServer } from './frames-server';
import { MemoryWatch, tooMuchMemoryCode } from './memory-watch';
import { RunQueue } from './run-queue';
import { loadRuntime } from './runtime';
import { Servables } from './servables';
import { createLoadSession } from './session';

/** How long answers may take to leave after the last run, in milliseconds. */
const flushMs = 2000;

/** Loaded at once, so that the growth at a load is what the version takes. */
const runtime = loadRuntime(process.argv[2] ?? '');
const servables = new Servables(createLoadSession(runtime), (mark, run) =>
  running === undefined ? run() : running.queue.apart(mark, run),
);
let running: { queue: RunQueue; server: FramesServer; mark: CurrentMark } | undefined;

function tell(message: FromRunner): void {
  if (process.connected) process.send?.(message);
}

async function start(order: RunnerStart): Promise<void> {
  const mark = createCurrentMark(order.markPath);
  const queue = new RunQueue({
    servables,
    mark,
    memory: new MemoryWatch(order.memoryBytes, () => servables.heldBytes()),
    maxQueuedBytes: order.maxQueuedBytes,
    onOver: () => {
      void leave(tooMuchMemoryCode);
    },
  });
  const { host, id: runner, secret, maxFrameBytes } = order;
  const server = new FramesServer({ host, runner, secret, maxFrameBytes }, queue);
  running = { queue, server, mark };
  if (order.socketPath !== '') await server.listen({ path: order.socketPath });
  const port = order.tcp === null ? 0 : await server.listen(order.tcp);
  tell({ kind: 'listening', port });
}

async function load(order: RunnerLoad): Promise<void> {
  running?.mark.set(order.mark);
  tell({ kind: 'done', call: order.call, loaded: await servables.load(order) });
}

async function stop(): Promise<void> {
  await running?.queue.drain();
  await leave(0);
}

/** Exits when the answers have left. */
async function leave(code: number): Promise<void> {
  setTimeout(() => process.exit(code), flushMs);
  await running?.server.close();
  process.exit(code);
}

async function obey(message: ToRunner): Promise<void> {
  switch (message.kind) {
    case 'start':
      return start(message);
    case 'load':
      return load(message);
    case 'quiet':
      await servables.quiet(message);
      break;
    case 'unload':
      await servables.unload(message);
      break;
    case 'generation':
      servables.setGeneration(message.model, message.generation);
      break;
    case 'usage':
      tell({ kind: 'done', call: message.call, usage: servables.usage(performance.now()) });
      return;
    case 'ping':
      running?.queue.rest();
      break;
    case 'stop':
      return stop();
  }
  tell({ kind: 'done', call: message.call });
}

process.on('message', (message: ToRunner) => {
  obey(message).catch((thrown: unknown) => {
    if (!('call' in message)) throw thrown;
    const { code, message: text } = asShoalError(thrown);
    tell({ kind: 'error', call: message.call, code, message: text });
  });
});

// The host's process ends its runners in order; signals to the whole group are not for them.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
