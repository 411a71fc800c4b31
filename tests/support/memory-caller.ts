import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Recorded } from './recorded-reading';

/** How the caller leaves. */
export interface Leaving {
  /** Not at all, by ending its side, or by breaking the connection off. */
  readonly how: 'stays' | 'ends' | 'resets';
  /** Turns of the event loop between the last piece and that; 0: both come at once. */
  readonly turns: number;
}

/** Turns of the event loop after which nothing in memory is under way any more. */
const turnsToSettle = 40;

export const stays: Leaving = { how: 'stays', turns: turnsToSettle };
/** When everything before has been answered. */
export const endsLate: Leaving = { how: 'ends', turns: turnsToSettle };

/** The server's end of a connection in memory. */
export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  written = '';

  constructor() {
    super({ allowHalfOpen: true });
    this.on('error', () => undefined);
  }

  get closedHere(): boolean {
    return this.destroyed || this.writableEnded;
  }

  leave(how: Leaving['how']): void {
    if (how === 'resets') this.destroy(new Error('read ECONNRESET'));
    if (how === 'ends' && !this.destroyed) this.push(null);
  }

  override _read(): void {
    // Chunks are pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString('latin1');
    done();
  }

  destroySoon(): void {
    this.destroy();
  }

  setTimeout(): this {
    return this;
  }
}

/** Sends the pieces over the connection and leaves, notes whether it was closed, and ends it. */
export async function play(
  wire: MemorySocket,
  chunks: readonly Buffer[],
  { record, lends, leaving }: { record: Recorded; lends: boolean; leaving: Leaving },
): Promise<void> {
  let lent: Buffer | undefined;
  const turnOver = async (turns: number): Promise<void> => {
    for (let n = 0; n < turns; n += 1) {
      await turn();
      // Who has kept the bytes instead of copying them will see others.
      if (lends) lent?.fill('!');
    }
  };
  for (const chunk of chunks) {
    if (lent !== undefined) await turnOver(1);
    if (wire.destroyed) break;
    wire.push((lent = Buffer.from(chunk)));
  }
  await turnOver(leaving.turns);
  record.endedFirst = record.ended || wire.closedHere;
  wire.leave(leaving.how);
  await turnOver(turnsToSettle);
  record.ended ||= wire.closedHere;
  record.stayed = leaving.how === 'ends' && !wire.destroyed;
  wire.destroy();
  await turnOver(turnsToSettle);
}
