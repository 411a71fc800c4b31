import type { Worker } from 'node:worker_threads';
import { ShoalError, type ErrorCode } from '../../core/errors';
import type { Servable } from '../catalog';
import type { LargeForm, LargeForms } from './large-json';

/** What a parse worker is asked: the bytes of one call's JSON, and how to read them. */
export interface ParseQuestion {
  readonly form: LargeForm;
  readonly json: Uint8Array;
  /** Of forms that are read by a model's signature. */
  readonly servable: Servable | undefined;
}

export type ParseAnswer =
  | { readonly read: LargeForms[LargeForm] }
  | { readonly code: ErrorCode; readonly message: string; readonly cause: string };

/** One call's JSON that waits to be read, and who waits for it. */
export interface ParseJob extends ParseQuestion {
  /** True once nobody waits for it any more. */
  readonly unwanted: () => boolean;
  readonly resolve: (read: LargeForms[LargeForm]) => void;
  readonly reject: (error: ShoalError) => void;
}

/** A thread that reads one job at a time. */
export interface ParseSeat {
  readonly free: () => boolean;
  /** Gives it a job; only while it is free. */
  take(job: ParseJob): void;
  /** Ends the thread; its job is refused. */
  end(): Promise<void>;
}

export interface ParseSeatEvents {
  readonly onFree: () => void;
  /** The thread has ended and will not come back; its job has been refused. */
  readonly onGone: (seat: ParseSeat) => void;
}

export function createParseSeat(worker: Worker, events: ParseSeatEvents): ParseSeat {
  let job: ParseJob | undefined;
  let gone = false;
  const done = (finish: (job: ParseJob) => void): void => {
    const finished = job;
    job = undefined;
    if (finished !== undefined) finish(finished);
  };
  const leave = (cause: Error): void => {
    if (gone) return;
    gone = true;
    done(({ reject }) => {
      reject(internal(cause));
    });
    events.onGone(seat);
  };
  const seat: ParseSeat = {
    free: () => job === undefined && !gone,
    take(given) {
      job = given;
      const json = new Uint8Array(given.json);
      worker.postMessage(questionOf(given, json), [json.buffer]);
    },
    async end() {
      await worker.terminate();
    },
  };
  worker.unref();
  worker.on('message', (answer: ParseAnswer) => {
    done((finished) => {
      settle(finished, answer);
    });
    events.onFree();
  });
  worker.on('error', leave);
  worker.on('exit', (code) => {
    leave(new Error(`parse worker ended with code ${code}`));
  });
  return seat;
}

function questionOf({ form, servable }: ParseJob, json: Uint8Array): ParseQuestion {
  return { form, json, servable };
}

function settle({ resolve, reject }: ParseJob, answer: ParseAnswer): void {
  if ('read' in answer) resolve(answer.read);
  else if (answer.code === 'internal') reject(internal(new Error(answer.cause)));
  else reject(new ShoalError(answer.code, answer.message));
}

function internal(cause: Error): ShoalError {
  return new ShoalError('internal', 'Internal error while reading the JSON.', { cause });
}
