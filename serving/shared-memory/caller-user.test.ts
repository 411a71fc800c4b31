import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Caller } from '../../protocol/infer';
import { portsOf } from '../http/connection-ports';
import { SocketUsers } from './caller-user';

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid';
const none = (): undefined => undefined;

/** A line of the kernel's table. */
function line(local: string, remote: string, user: number, state = '01'): string {
  return `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${user}        0 1 1`;
}

/** Who that caller is, as soon as that is known. */
async function learned(users: SocketUsers, caller: Caller): Promise<number | undefined> {
  await users.learn(caller);
  return users.known(caller);
}

function userOf(
  lines: readonly string[],
  caller: Partial<Caller> = {},
): Promise<number | undefined> {
  const ports = { peer: 40_000, own: 8000, since: 0 };
  const users = new SocketUsers(() => Promise.resolve([header, ...lines].join('\n')));
  return learned(users, { peer: '127.0.0.1', ports, header: none, ...caller });
}

const client = '0100007F:9C40';
const server = '0100007F:1F40';

test('the user is that of the other end, not of our own', async () => {
  expect(await userOf([line(server, client, 33), line(client, server, 1000)])).toBe(1000);
});

test('only of this connection, and only while it is open', async () => {
  expect(await userOf([line(client, '0100007F:1F41', 1000)])).toBeUndefined();
  expect(await userOf([line('0200007F:9C40', server, 1000)])).toBeUndefined();
  expect(await userOf([line(client, server, 1000, '06')])).toBeUndefined();
  expect(await userOf([line(client, server, 1000)], { ports: undefined })).toBeUndefined();
});

test('nobody who is not known without doubt', async () => {
  expect(await userOf([])).toBeUndefined();
  expect(await userOf([line(client, server, 65_534)])).toBeUndefined();
  const mapped = '0000000000000000FFFF00000100007F';
  const both = [line(client, server, 1), line(`${mapped}:9C40`, `${mapped}:1F40`, 2)];
  expect(await userOf(both)).toBeUndefined();
});

test('addresses of both families', async () => {
  const loopback = '00000000000000000000000001000000';
  const lines = [line(`${loopback}:9C40`, `${loopback}:1F40`, 7)];
  expect(await userOf(lines, { peer: '::1' })).toBe(7);
  expect(await userOf([line(client, server, 8)], { peer: '::ffff:127.0.0.1' })).toBe(8);
});

describe('the table', () => {
  const two = [line(client, server, 5), line('0100007F:9C41', server, 6)].join('\n');

  /** Readings that end when they are told, and how many there were; the clock goes on by hand. */
  function counted(): {
    users: SocketUsers;
    end: ((table: string) => void)[];
    clock: { at: number };
  } {
    const end: ((table: string) => void)[] = [];
    const clock = { at: 100 };
    const read = (): Promise<string> => new Promise((resolve) => end.push(resolve));
    return { users: new SocketUsers(read, () => clock.at), end, clock };
  }

  function callerOn(port: number, since: number): Caller {
    return { peer: '127.0.0.1', ports: { peer: port, own: 8000, since }, header: none };
  }

  test('is read once for a connection of which the user is known', async () => {
    const { users, end } = counted();
    const caller = callerOn(40_000, 0);
    const learning = users.learn(caller);
    end[0]!(two);
    await learning;
    expect([users.known(caller), users.learn(caller), end.length]).toEqual([5, undefined, 1]);
  });

  test('is read again where it does not say who it is', async () => {
    const { users, end } = counted();
    const caller = callerOn(40_000, 0);
    for (const [index, table] of [header, two].entries()) {
      expect(users.known(caller)).toBeUndefined();
      const learning = users.learn(caller);
      end[index]!(table);
      await learning;
    }
    expect(users.known(caller)).toBe(5);
  });

  test('is read once for all that were open when that began, and once more for those after', async () => {
    const { users, end, clock } = counted();
    const early = [callerOn(40_000, 0), callerOn(40_001, 99)];
    const late = [callerOn(40_000, 100), callerOn(40_001, 150)];
    const learning = [...early, ...late].map((caller) => users.learn(caller)!);
    expect(end).toHaveLength(1);
    clock.at = 200;
    end[0]!(two);
    await Promise.all(learning.slice(0, 2));
    expect(early.map((caller) => users.known(caller))).toEqual([5, 6]);
    expect(late.map((caller) => users.known(caller))).toEqual([undefined, undefined]);
    end[1]!(two);
    await Promise.all(learning);
    expect(late.map((caller) => users.known(caller))).toEqual([5, 6]);
    expect([users.learn(callerOn(40_001, 199)), end.length]).toEqual([undefined, 2]);
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
    expect(await learned(new SocketUsers(), caller)).toBe(process.getuid!());
    expect(portsOf(socket)).toBe(caller.ports);
    own.destroy();
    socket.destroy();
    listening.close();
  },
);
