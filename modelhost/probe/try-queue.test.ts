import { eventually } from '../../tests/support/processes';
import { checkedModel } from '../../tests/support/fake-check';
import type { ProbeOrder, ProbeReport } from './probe-report';
import { createTryQueue, type QueuedProbe, type TryCaller } from './try-queue';

/** Tries that are under way, in the order in which they began; each ends when it is told to. */
const begun: { readonly path: string; readonly end: () => void }[] = [];
const caller: TryCaller = {};
let most = 0;
let running = 0;
const noProbe = checkedModel.probe;
let subject: QueuedProbe;

beforeEach(() => {
  begun.length = 0;
  most = 0;
  running = 0;
  subject = createTryQueue(probe, { mostWaiting: 2, longestWaitMs: 60_000 });
});

async function probe({ path }: ProbeOrder): Promise<ProbeReport> {
  running += 1;
  most = Math.max(most, running);
  await new Promise<void>((end) => begun.push({ path, end }));
  running -= 1;
  if (path === 'bad') throw new Error('it is bad');
  return noProbe;
}

function order(path: string): () => ProbeOrder {
  const signature = { inputs: [], outputs: [] };
  return () => ({ path, signature, timeLimitMs: 1, memoryLimitBytes: 1 });
}

async function begins(number: number): Promise<string> {
  return eventually('a try begins', () => begun[number - 1]?.path);
}

test('one try at a time, in their order, also after one that fails', async () => {
  const [bad, a, b] = ['bad', 'a', 'b'].map((path) => subject(order(path), caller));
  expect(await begins(1)).toBe('bad');
  begun[0]!.end();
  await expect(bad).rejects.toThrow('it is bad');
  expect(await begins(2)).toBe('a');
  begun[1]!.end();
  expect(await begins(3)).toBe('b');
  begun[2]!.end();
  expect(await Promise.all([a, b])).toEqual([noProbe, noProbe]);
  expect(most).toBe(1);
});

test('who would be one too many is told when to come again; what nobody waits for is not refused', async () => {
  const tries = ['a', 'b', 'c'].map((path) => subject(order(path), caller));
  const refused = await subject(order('d'), caller).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'overloaded', details: { retryAfter: 1 } });
  tries.push(subject(order('found'), undefined));
  for (let number = 1; number <= 4; number += 1) {
    await begins(number);
    begun[number - 1]!.end();
  }
  expect(await Promise.all(tries)).toHaveLength(4);
  expect(begun.map(({ path }) => path)).toEqual(['a', 'b', 'c', 'found']);
});

test('who has waited too long is told so, and his place is gone', async () => {
  subject = createTryQueue(probe, { mostWaiting: 2, longestWaitMs: 5 });
  const first = subject(order('a'), caller);
  await expect(subject(order('b'), caller)).rejects.toMatchObject({ code: 'overloaded' });
  const last = subject(order('c'));
  begun[0]!.end();
  expect(await begins(2)).toBe('c');
  begun[1]!.end();
  await Promise.all([first, last]);
});

test('who has gone gives up his place', async () => {
  const gone = new AbortController();
  const first = subject(order('a'), caller);
  const left = subject(order('b'), { signal: gone.signal });
  const last = subject(order('c'), caller);
  gone.abort();
  await expect(left).rejects.toMatchObject({ code: 'client_closed' });
  await expect(subject(order('d'), { signal: gone.signal })).rejects.toMatchObject({
    code: 'client_closed',
  });
  begun[0]!.end();
  expect(await begins(2)).toBe('c');
  begun[1]!.end();
  await Promise.all([first, last]);
  expect(begun).toHaveLength(2);
});
