import { send, type Answer, type Call, type Way } from './call';
import { delayBefore } from './retries';
import { ServerError } from './server-error';

const call: Call = { method: 'POST', path: '/x', body: 'b', repeatable: true };

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

/** Answers one after the other; functions make the call fail. */
function wayTo(answers: readonly (() => Response)[]): { way: Way; asked: Asked[] } {
  const asked: Asked[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    asked.push({ url, init });
    const answer = answers[asked.length - 1];
    // What an answer throws rejects the promise.
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
      if (answer === undefined) return;
      resolve(answer());
    });
  };
  const way: Way = {
    url: 'http://server/base',
    token: 't',
    timeoutMs: 5000,
    retries: { count: 2, delayMs: 1 },
    fetch: fetch as typeof globalThis.fetch,
    dice: () => 0.5,
  };
  return { way, asked };
}

const text = ({ bytes }: Answer): string => new TextDecoder().decode(bytes);
const good = (): Response => new Response('good');
const busy = (): Response =>
  new Response('{"error":"full","code":"overloaded"}', {
    status: 503,
    headers: { 'x-request-id': 'r1' },
  });
const unreachable = (): never => {
  throw new TypeError('fetch failed');
};

test('a call carries the token and the time that is left', async () => {
  const { way, asked } = wayTo([good]);
  expect(text(await send(way, call))).toBe('good');
  expect(asked[0]?.url).toBe('http://server/base/x');
  const headers = asked[0]?.init.headers as Record<string, string>;
  expect(headers['authorization']).toBe('Bearer t');
  expect(Number(headers['shoal-timeout-ms'])).toBeGreaterThan(4000);
});

test('what may pass is tried again, with less time', async () => {
  const { way, asked } = wayTo([busy, unreachable, good]);
  expect(text(await send(way, call))).toBe('good');
  const left = asked.map(({ init }) =>
    Number((init.headers as Record<string, string>)['shoal-timeout-ms']),
  );
  expect(left).toHaveLength(3);
  expect(left[2]).toBeLessThanOrEqual(left[0]!);
});

/** Begins to answer, and breaks off. */
const broken = (): Response => {
  let begun = false;
  return new Response(
    new ReadableStream({
      pull(body) {
        if (begun) body.error(new TypeError('terminated'));
        else body.enqueue(new TextEncoder().encode('go'));
        begun = true;
      },
    }),
  );
};

test('an answer that breaks off is one that did not come', async () => {
  const { way } = wayTo([broken, good]);
  expect(text(await send(way, call))).toBe('good');
  const change = wayTo([broken, good]);
  await expect(send(change.way, { ...call, repeatable: false })).rejects.toThrow('terminated');
  expect(change.asked).toHaveLength(1);
});

test('the last error is the one that is told, when all tries have failed', async () => {
  const { way, asked } = wayTo([unreachable, busy, busy, good]);
  const failed = send(way, call);
  await expect(failed).rejects.toThrow(ServerError);
  await expect(failed).rejects.toMatchObject({
    message: 'full',
    status: 503,
    code: 'overloaded',
    requestId: 'r1',
    body: { code: 'overloaded' },
  });
  expect(asked).toHaveLength(3);
});

test('a change is asked for once', async () => {
  const { way, asked } = wayTo([busy, good]);
  await expect(send(way, { ...call, repeatable: false })).rejects.toThrow('full');
  expect(asked).toHaveLength(1);
});

test('a call ends when its time is over', async () => {
  const { way } = wayTo([]);
  await expect(send(way, call, { timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
});

test.each([0.5, 1500.25, Infinity, 2 ** 31])(
  'a timeout of %d ms is none that throws',
  async (timeoutMs) => {
    const { way, asked } = wayTo([good]);
    expect(text(await send(way, call, { timeoutMs }))).toBe('good');
    const headers = asked[0]?.init.headers as Record<string, string>;
    expect(headers['shoal-timeout-ms']).toMatch(/^[1-9]\d*$/);
  },
);

test('an abort ends a call with its reason, also while it waits for its next try', async () => {
  const { way, asked } = wayTo([busy]);
  const stop = new AbortController();
  const slow = { ...way, retries: { count: 1, delayMs: 4000 }, dice: () => 0.9 };
  const failed = send(slow, call, { signal: stop.signal });
  const reason = new Error('enough');
  while (asked.length === 0) await Promise.resolve();
  setImmediate(() => {
    stop.abort(reason);
  });
  await expect(failed).rejects.toBe(reason);
  expect(asked).toHaveLength(1);
});

test('answers that are no error body are told by their status or text', async () => {
  const { way } = wayTo([() => new Response('<html>', { status: 404 })]);
  await expect(send(way, call)).rejects.toMatchObject({ message: '<html>', code: '', body: {} });
  const empty = wayTo([() => new Response('', { status: 404 })]);
  await expect(send(empty.way, call)).rejects.toMatchObject({ message: 'status 404' });
});

describe('delayBefore', () => {
  const retries = { count: 2, delayMs: 100 };
  const refused = (status: number, after?: string): ServerError =>
    new ServerError(
      new Response('', { status, headers: after === undefined ? {} : { 'retry-after': after } }),
      '',
    );

  test.each([
    ['doubles what the dice spread', new TypeError('x'), 2, 100],
    ['waits as long as the server says', refused(503, '2'), 1, 2000],
    ['does not take nonsense for a time', refused(503, 'soon'), 1, 50],
    ['takes a date that is over for now', refused(503, 'Mon, 01 Jan 2024 00:00:00 GMT'), 1, 50],
    ['takes a refusal by rate for one that passes', refused(429), 1, 50],
    ['ends with the tries', new TypeError('x'), 3, undefined],
    ['does not repeat what was wrong', refused(400), 1, undefined],
    ['does not repeat faults of the server', refused(500), 1, undefined],
    ['does not repeat what is none of these', new RangeError('x'), 1, undefined],
  ])('%s', (_what, error, tried, delayMs) => {
    expect(delayBefore(error, tried, retries, () => 0.5)).toBe(delayMs);
  });

  test('waits until the date that the server says', () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const delayMs = delayBefore(refused(503, date), 1, retries, () => 0.5);
    expect(delayMs).toBeGreaterThan(50_000);
    expect(delayMs).toBeLessThanOrEqual(60_000);
  });
});
