import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Caller } from '../../protocol/infer';
import { portsOf } from '../http/connection-ports';
import { createUserOf } from './caller-user';

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid';
const none = (): undefined => undefined;

/** A line of the kernel's table. */
function line(local: string, remote: string, user: number, state = '01'): string {
  return `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${user}        0 1 1`;
}

function userOf(lines: readonly string[], caller: Partial<Caller> = {}): number | undefined {
  const ports = { peer: 40_000, own: 8000, since: 0 };
  const table = [header, ...lines].join('\n');
  return createUserOf(() => table)({ peer: '127.0.0.1', ports, header: none, ...caller });
}

const client = '0100007F:9C40';
const server = '0100007F:1F40';

test('the user is that of the other end, not of our own', () => {
  expect(userOf([line(server, client, 33), line(client, server, 1000)])).toBe(1000);
});

test('only of this connection, and only while it is open', () => {
  expect(userOf([line(client, '0100007F:1F41', 1000)])).toBeUndefined();
  expect(userOf([line('0200007F:9C40', server, 1000)])).toBeUndefined();
  expect(userOf([line(client, server, 1000, '06')])).toBeUndefined();
  expect(userOf([line(client, server, 1000)], { ports: undefined })).toBeUndefined();
});

test('nobody who is not known without doubt', () => {
  expect(userOf([])).toBeUndefined();
  expect(userOf([line(client, server, 65_534)])).toBeUndefined();
  const mapped = '0000000000000000FFFF00000100007F';
  const both = [line(client, server, 1), line(`${mapped}:9C40`, `${mapped}:1F40`, 2)];
  expect(userOf(both)).toBeUndefined();
});

test('addresses of both families', () => {
  const loopback = '00000000000000000000000001000000';
  const lines = [line(`${loopback}:9C40`, `${loopback}:1F40`, 7)];
  expect(userOf(lines, { peer: '::1' })).toBe(7);
  expect(userOf([line(client, server, 8)], { peer: '::ffff:127.0.0.1' })).toBe(8);
});

describe('the table', () => {
  /** Reads, of which the first has nobody's connection and the others this one. */
  function counted(line: string): { read: () => string; reads: () => number } {
    let reads = 0;
    return { read: () => (++reads === 1 ? header : line), reads: () => reads };
  }

  function callerOn(port: number, since: number): Caller {
    return { peer: '127.0.0.1', ports: { peer: port, own: 8000, since }, header: none };
  }

  test('is read once for a connection of which the user is known', () => {
    const { read, reads } = counted(line(client, server, 5));
    const told = createUserOf(read);
    const caller = callerOn(40_000, 0);
    expect([told(caller), told(caller), told(caller), reads()]).toEqual([undefined, 5, 5, 2]);
  });

  test('is read once for all connections that were open, and again for one that came later', () => {
    const two = [line(client, server, 5), line('0100007F:9C41', server, 6)].join('\n');
    const { read, reads } = counted(two);
    const told = createUserOf(read, () => 100);
    expect([told(callerOn(1, 0)), reads()]).toEqual([undefined, 1]);
    expect([told(callerOn(40_000, 99)), told(callerOn(40_001, 99)), reads()]).toEqual([5, 6, 2]);
    expect([told(callerOn(40_001, 100)), reads()]).toEqual([6, 3]);
  });
});

test.each(['127.0.0.1', '::1'])(
  'this process is found at the other end of its connection to %s',
  async (host) => {
    const listening = createServer();
    listening.listen(0, host);
    await once(listening, 'listening');
    const accepted = once(listening, 'connection') as Promise<[Socket]>;
    const own = connect((listening.address() as AddressInfo).port, host);
    const [socket] = await accepted;
    const caller = { peer: socket.remoteAddress!, ports: portsOf(socket), header: none };
    expect(createUserOf()(caller)).toBe(process.getuid!());
    expect(portsOf(socket)).toBe(caller.ports);
    own.destroy();
    socket.destroy();
    listening.close();
  },
);
