import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ShoalError } from '../../core/errors';
import type { ReadLargeJson } from './large-json';
import { createParseSeat, type ParseJob, type ParseSeat } from './parse-seat';

export interface ParsePoolOptions {
  readonly workers: number;
  /** Calls that may wait for a worker; one more is refused. */
  readonly maxWaiting: number;
  /** Starts a worker; for tests. */
  readonly start?: () => Worker;
}

/** Reads the JSON of calls on threads of its own, which are started when first needed. */
export interface ParsePool {
  readonly read: ReadLargeJson;
  /** Ends the threads; what waits or runs is refused. */
  close(): Promise<void>;
}

export function createParsePool({ workers, maxWaiting, start }: ParsePoolOptions): ParsePool {
  const seats = new Set<ParseSeat>();
  const waiting: ParseJob[] = [];
  let closed = false;

  const freeSeat = (): ParseSeat | undefined => {
    for (const seat of seats) if (seat.free()) return seat;
    if (closed || seats.size >= workers) return undefined;
    const seat = createParseSeat((start ?? startWorker)(), { onFree: serve, onGone });
    seats.add(seat);
    return seat;
  };
  const serve = (): void => {
    while (waiting.length > 0) {
      const seat = freeSeat();
      if (seat === undefined) return;
      const job = waiting.shift();
      if (job?.unwanted() === true) job.reject(tooLate());
      else if (job !== undefined) seat.take(job);
    }
  };
  const onGone = (seat: ParseSeat): void => {
    seats.delete(seat);
    serve();
  };

  return {
    read: (form, { json, servable, unwanted = () => false }) =>
      new Promise((resolve, reject) => {
        if (closed) throw stopping();
        const done = resolve as ParseJob['resolve'];
        waiting.push({ form, json, servable, unwanted, resolve: done, reject });
        serve();
        if (waiting.length > maxWaiting) waiting.pop()?.reject(tooMany());
      }),
    async close() {
      closed = true;
      for (const { reject } of waiting.splice(0)) reject(stopping());
      await Promise.all([...seats].map((seat) => seat.end()));
    },
  };
}

function startWorker(): Worker {
  return new Worker(join(__dirname, 'parse-worker.js'));
}

function tooMany(): ShoalError {
  return new ShoalError('overloaded', 'Too many large JSON bodies wait to be read.', {
    retryAfter: 1,
  });
}

function tooLate(): ShoalError {
  return new ShoalError('deadline_exceeded', 'The deadline passed before the body was read.');
}

function stopping(): ShoalError {
  return new ShoalError('shutting_down', 'The server is stopping.');
}
