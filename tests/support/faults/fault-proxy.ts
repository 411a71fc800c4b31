import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import type { Dice } from './dice';
import { fillPort, type FullPort } from './full-port';

/**
 * What is done to a way. pass: nothing. cut: connections break, new ones are refused. unconnectable:
 * connections break, new ones are neither refused nor made. hang: nothing goes through, nothing
 * breaks. slow: each piece of an answer comes later. garbage: answers are random bytes. babble: those
 * to work are, all others come through. fickle: half of the answers are random bytes. half: of an
 * answer to work half comes, then the connection breaks. busy: every request is refused in the
 * protocol's own words.
 */
export const wayFaults = [
  'unconnectable',
  'cut',
  'hang',
  'slow',
  'garbage',
  'babble',
  'fickle',
  'half',
  'busy',
] as const;
export type WayFault = (typeof wayFaults)[number];

export interface FaultProxyOptions {
  readonly target: NetConnectOpts;
  readonly dice: Dice;
  /** Speaks for the other side on a connection where it is `busy`. */
  readonly busy: (socket: Socket) => void;
  /** Whether these bytes of the client are work, and not a question about something else. */
  readonly isWork: (chunk: Buffer) => boolean;
}

/** Faults in which nobody is there to accept a connection. */
export const deafFaults: ReadonlySet<WayFault | 'pass'> = new Set(['cut', 'unconnectable']);

/** Faults that spare what is not work: a greeting, or a question whether somebody is there. */
const onlyWork: ReadonlySet<WayFault | 'pass'> = new Set(['half', 'babble']);

const slowMs = 150;

/** Stands between two processes and passes bytes on, or does something to them. */
export class FaultProxy {
  readonly #options: FaultProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: WayFault | 'pass' = 'pass';
  #port = 0;
  #full: FullPort | undefined;
  #bites = 0;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
  }

  /** How often work was hit by a fault. */
  get bites(): number {
    return this.#bites;
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** What was begun under another fault is broken off where the new one wants that. */
  async set(fault: WayFault | 'pass'): Promise<void> {
    const before = this.#fault;
    this.#fault = fault;
    await this.#full?.close();
    this.#full = undefined;
    if (fault !== 'cut' && !this.#server.listening) await this.listen();
    if (fault === 'unconnectable') this.#full = await fillPort(this.#server);
    if (deafFaults.has(fault) || fault === 'busy' || (before !== 'pass' && before !== 'slow')) {
      this.#breakAll();
    }
    if (fault === 'cut') await this.close();
  }

  async close(): Promise<void> {
    this.#breakAll();
    await this.#full?.close();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket.setNoDelay(true));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #accept(client: Socket): void {
    this.#keep(client);
    let working = false;
    client.on('data', (chunk) => {
      working ||= this.#options.isWork(chunk);
      if (working && (this.#fault === 'busy' || this.#fault === 'hang')) this.#bites += 1;
    });
    if (this.#fault === 'busy') {
      this.#options.busy(client);
      return;
    }
    const target = connect(this.#options.target);
    this.#keep(target);
    client.on('data', (chunk) => {
      if (this.#fault !== 'hang') target.write(chunk);
    });
    target.on('data', (chunk) => {
      if (working && this.#fault !== 'pass') this.#bites += 1;
      const spared = !working && onlyWork.has(this.#fault);
      answers[spared ? 'pass' : this.#fault](client, chunk, this.#options.dice);
    });
    const end = (): void => {
      client.destroy();
      target.destroy();
    };
    client.on('close', end);
    target.on('close', end);
  }
}

function halfRandomised(chunk: Buffer, dice: Dice): Uint8Array {
  return dice() < 0.5 ? chunk : randomised(chunk, dice);
}

function randomised(chunk: Buffer, dice: Dice): Uint8Array {
  return chunk.map(() => Math.floor(dice() * 256));
}

type Answer = (client: Socket, chunk: Buffer, dice: Dice) => void;

const nothing: Answer = () => undefined;
const garbage: Answer = (client, chunk, dice) => client.write(randomised(chunk, dice));

/** What becomes of an answer. */
const answers: Readonly<Record<WayFault | 'pass', Answer>> = {
  pass: (client, chunk) => client.write(chunk),
  slow: (client, chunk) => setTimeout(() => client.write(chunk), slowMs),
  garbage,
  babble: garbage,
  fickle: (client, chunk, dice) => client.write(halfRandomised(chunk, dice)),
  half: (client, chunk) => client.end(chunk.subarray(0, Math.floor(chunk.byteLength / 2))),
  hang: nothing,
  busy: nothing,
  cut: nothing,
  unconnectable: nothing,
};
