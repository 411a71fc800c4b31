import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { frameKinds } from '../../../protocol/link/frame';
import { parseLinkAddress } from '../../../serving/link/link-address';
import type { Heartbeat } from '../../../protocol/cluster/heartbeat';
import { busyHost, busyRunner } from './busy';
import type { Dice } from './dice';
import { FaultProxy, type WayFault } from './fault-proxy';

/**
 * A fault proxy before everything by which a modelhost can be reached. The host tells its inferrers
 * of itself through here (INFERRER_URL), and they are told of the proxies' addresses instead of its
 * own; heartbeats go through untouched otherwise, so that only the way of the work is sick.
 */
export class SickHost {
  readonly #inferrer: URL;
  readonly #dice: Dice;
  readonly #busyRunner: (socket: Socket) => void;
  readonly #proxies = new Map<string, Promise<FaultProxy>>();
  readonly #server: Server;
  #fault: WayFault | 'pass' = 'pass';

  /** `busyAs` speaks for its runners while it is `busy`. */
  constructor(inferrer: string, dice: Dice, busyAs = busyRunner) {
    this.#busyRunner = busyAs;
    this.#inferrer = new URL(inferrer);
    this.#dice = dice;
    this.#server = createServer((incoming, outgoing) => {
      void this.#pass(incoming, outgoing);
    });
  }

  /** Resolves with the INFERRER_URL for the host. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async set(fault: WayFault | 'pass'): Promise<void> {
    this.#fault = fault;
    for (const proxy of this.#proxies.values()) await (await proxy).set(fault);
  }

  /** How often work was hit by a fault. */
  async bites(): Promise<number> {
    const proxies = await Promise.all(this.#proxies.values());
    return proxies.reduce((sum, proxy) => sum + proxy.bites, 0);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    for (const proxy of this.#proxies.values()) await (await proxy).close();
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const beat = JSON.parse(Buffer.concat(chunks).toString()) as Heartbeat;
    const body = JSON.stringify(await this.#throughProxies(beat));
    const { hostname: host, port } = this.#inferrer;
    const headers = { ...incoming.headers, 'content-length': Buffer.byteLength(body) };
    const passed = request(
      { host, port, path: incoming.url, method: 'POST', headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    passed.end(body);
  }

  async #throughProxies(beat: Heartbeat): Promise<Heartbeat> {
    const { hostname: host, port } = new URL(beat.url);
    const http = await this.#proxy(beat.url, () => ({
      target: { host, port: Number(port) },
      dice: this.#dice,
      busy: busyHost,
      isWork: (chunk) => chunk.includes('/infer HTTP/'),
    }));
    const runners = beat.runners.map(async (runner) => {
      const proxy = await this.#proxy(runner.address, () => ({
        target: parseLinkAddress(runner.address),
        dice: this.#dice,
        busy: this.#busyRunner,
        isWork: (chunk) => chunk[4] === frameKinds.infer,
      }));
      return { ...runner, address: `tcp:127.0.0.1:${proxy.port}` };
    });
    return { ...beat, url: `http://127.0.0.1:${http.port}`, runners: await Promise.all(runners) };
  }

  #proxy(
    of: string,
    options: () => ConstructorParameters<typeof FaultProxy>[0],
  ): Promise<FaultProxy> {
    let proxy = this.#proxies.get(of);
    if (proxy === undefined) {
      const made = new FaultProxy(options());
      proxy = made.listen().then(async () => {
        await made.set(this.#fault);
        return made;
      });
      this.#proxies.set(of, proxy);
    }
    return proxy;
  }
}
