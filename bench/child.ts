import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A program of the bench's own, in a process of its own, that answers one message at a time. */
export interface BenchChild<Question, Answer> {
  readonly pid: number;
  ask(question: Question): Promise<Answer>;
  /** Closes the channel, at which the child ends; kills it if it does not. */
  stop(): Promise<void>;
}

/** What a child sends back: an answer, or why there is none. */
export type ChildReply<Answer> = { readonly answer: Answer } | { readonly fault: string };

/** A child in the middle of something long may not notice. */
const stopMs = 5000;

/** Starts a built program; messages may hold bytes. */
export function startChild<Question extends object, Answer>(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): BenchChild<Question, Answer> {
  const child = fork(file, { serialization: 'advanced', env: { ...environment } });
  return {
    pid: child.pid ?? 0,
    ask: async (question) => {
      child.send(question);
      const reply = (await nextMessage(child)) as ChildReply<Answer>;
      if ('fault' in reply) throw new Error(`${file}: ${reply.fault}`);
      return reply.answer;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      const late = setTimeout(() => child.kill('SIGKILL'), stopMs);
      child.disconnect();
      await ended;
      clearTimeout(late);
    },
  };
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void => {
      child.off('message', onMessage);
      reject(new Error(`a process of the bench ended: ${signal ?? `exit code ${code ?? 0}`}`));
    };
    const onMessage = (message: unknown): void => {
      child.off('exit', onExit);
      resolve(message);
    };
    child.once('exit', onExit);
    child.once('message', onMessage);
  });
}

/** The other end: answers every message by `work`; the process ends with its parent. */
export function answerParent(work: (question: unknown) => Promise<unknown>): void {
  const reply = (message: ChildReply<unknown>): void => {
    // Where the parent has just gone, 'disconnect' ends this process.
    if (process.connected) process.send?.(message, () => undefined);
  };
  process.on('message', (question) => {
    work(question).then(
      (answer) => {
        reply({ answer });
      },
      (error: unknown) => {
        reply({ fault: error instanceof Error ? error.message : String(error) });
      },
    );
  });
  process.once('disconnect', () => process.exit(0));
  if (!process.connected) process.exit(0);
}
