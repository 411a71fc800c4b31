import fc from 'fast-check';
import { llhttpReading, ourReading } from '../../../tests/support/http-readings';
import { endsLate, type Leaving } from '../../../tests/support/memory-caller';
import type { Reading } from '../../../tests/support/recorded-reading';

const usually = <Value>(plain: readonly Value[], odd: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...plain) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );

const method = usually(['GET', 'POST', 'HEAD', 'PUT'], ['get', 'PATCH', 'TRACE', 'G T', 'CONNECT']);
const target = usually(
  ['/', '/v2/models/m/infer', '/a?b=c&d=%20'],
  ['*', 'http://x/', 'a', '', '/\\', '/#', '/\xe4', '/ /'],
);
const version = usually(
  ['HTTP/1.1'],
  ['HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 '],
);
const lineEnd = fc.oneof(
  { weight: 40, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', '\n\r') },
);
const length = usually(
  ['0', '1', '3', '7', '40'],
  ['+3', '3,3', '0x3', '-1', '', '3 ', '\t3', '003', '99999999999999999999', '1e1'],
);
const header = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('Accept: */*', 'X-A: 1', 'x-a: 2', 'Content-Type: a/b') },
  { weight: 4, arbitrary: length.map((value) => `Content-Length: ${value}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'Connection: keep-alive',
      'connection: Close',
      'Transfer-Encoding: chunked',
      'Transfer-Encoding:chunked',
      'transfer-encoding: identity',
      'Expect: 100-continue',
      'Upgrade: h2c',
      'Host: y',
      'Content-Length : 3',
      'Transfer-Encoding : chunked',
      ' folded',
      'X-B',
      ': 1',
      'X-\0: 1',
      'X-C: \x01',
      'X-D: \xff',
      'X-E:',
    ),
  },
);
const body = fc.constantFrom(
  '',
  'abc',
  '\r\n',
  '3\r\nabc\r\n0\r\n\r\n',
  '0\r\n\r\n',
  'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n',
);

const request = fc
  .record({
    method,
    target,
    version,
    host: usually(['Host: x'], ['', 'Host: x\r\nHost: x', 'host:x']),
    headers: fc.array(header, { maxLength: 4 }),
    ends: fc.array(lineEnd, { minLength: 7, maxLength: 7 }),
    body,
  })
  .map(({ method: verb, target: at, version: of, host, headers, ends, body: rest }) => {
    const lines = [`${verb} ${at} ${of}`, ...(host === '' ? [] : [host]), ...headers, ''];
    return lines.map((line, n) => line + (ends[n] ?? '\r\n')).join('') + rest;
  });

/** A request whose length is the truth, so that runs often get beyond the first one. */
const honest = fc
  .record({ method, target: fc.constantFrom('/', '/a?b'), body, close: fc.nat(30) })
  .map(({ method: verb, target: at, body: bytes, close }) => {
    const connection = close === 0 ? 'Connection: close\r\n' : '';
    return `${verb} ${at} HTTP/1.1\r\nHost: x\r\n${connection}Content-Length: ${bytes.length}\r\n\r\n${bytes}`;
  });

/** Replaces, takes out or puts in one byte somewhere. */
const mutation = fc.record({
  at: fc.nat(10_000),
  take: fc.nat(1),
  put: fc.constantFrom('', ' ', '\t', '\r', '\n', '\0', ':', ',', '0', '\x7f', '\xff', '\r\n'),
});

const stream = fc
  .record({
    requests: fc.array(fc.oneof(honest, request), { minLength: 1, maxLength: 4 }),
    mutations: fc.oneof(fc.constant([]), fc.array(mutation, { maxLength: 3 })),
  })
  .map(({ requests, mutations }) => {
    let text = requests.join('');
    for (const { at, take, put } of mutations) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + put + text.slice(place + take);
    }
    return Buffer.from(text, 'latin1');
  });

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  const edges = [0, ...cuts, bytes.length];
  return edges
    .slice(1)
    .map((to, n) => bytes.subarray(edges[n], to))
    .filter((chunk) => chunk.length > 0);
}

const places = fc.array(fc.nat(10_000), { maxLength: 12 });

/** A caller that goes: with the last piece, while it is read or answered, or later. */
const leaving: fc.Arbitrary<Leaving> = fc.record({
  how: fc.constantFrom('ends', 'resets'),
  turns: fc.nat(6),
});

/** The same requests in the same places, as far as both went on. */
function expectSameRequests(one: Reading, other: Reading): void {
  const read = Math.min(one.requests.length, other.requests.length);
  expect(one.requests.slice(0, read)).toEqual(other.requests.slice(0, read));
}

/**
 * Each of our requests is one of llhttp's, in its place, to the byte. How far `node:http` goes on
 * behind a request that it answers itself depends on when the next one comes.
 */
function expectAgreement(ours: Reading, theirs: Reading): void {
  expectSameRequests(ours, theirs);
  if (ours.handedOverAfter !== undefined) return;
  expect(ours.requests.length).toBeLessThanOrEqual(theirs.requests.length);
  if (ours.ended || theirs.ended) return;
  expect(ours.requests).toHaveLength(theirs.requests.length);
}

/** Where nobody has closed the connection before the caller left, both have read the same. */
function expectAllRead(ours: Reading, theirs: Reading): void {
  if (!ours.endedFirst && !theirs.endedFirst) expect(ours.requests).toEqual(theirs.requests);
}

/** The same bytes in other pieces. Within a line nothing is refused before the line's end has come. */
function expectEqual(pieces: Reading, whole: Reading): void {
  expect(pieces.handedOverAfter).toBe(whole.handedOverAfter);
  if (whole.handedOverAfter !== undefined) expectSameRequests(pieces, whole);
  else if (whole.ended) expect(pieces.requests).toEqual(whole.requests);
  else expect(pieces).toEqual(whole);
}

describe('whatever bytes come', () => {
  it('we read no request that llhttp reads otherwise, and none twice', async () => {
    await fc.assert(
      fc.asyncProperty(stream, places, async (bytes, where) => {
        const chunks = cut(bytes, where);
        expectAgreement(await ourReading(chunks), await llhttpReading([bytes]));
      }),
      { numRuns: 1500 },
    );
  });

  it('how they are cut into pieces changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(stream, places, async (bytes, where) => {
        const whole = await ourReading([bytes]);
        expectEqual(await ourReading(cut(bytes, where)), whole);
      }),
      { numRuns: 1000 },
    );
  });

  it('one byte at a time changes nothing either', async () => {
    await fc.assert(
      fc.asyncProperty(stream, async (bytes) => {
        const whole = await ourReading([bytes]);
        const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
        expectEqual(await ourReading(single), whole);
      }),
      { numRuns: 100 },
    );
  });

  it('callers that leave anywhere get no answer twice, and leave nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(stream, fc.nat(10_000), places, leaving, async (bytes, at, where, how) => {
        const come = bytes.subarray(0, at % (bytes.length + 1));
        const ours = await ourReading(cut(come, where), { leaving: how });
        expect(ours.ended).toBe(true);
        expectAgreement(ours, await llhttpReading([come], endsLate));
      }),
      { numRuns: 1500 },
    );
  });

  it('callers that leave lose no request that is under way, and none by waiting', async () => {
    await fc.assert(
      fc.asyncProperty(
        stream,
        fc.nat(10_000),
        places,
        fc.nat(6),
        async (bytes, at, where, turns) => {
          const come = bytes.subarray(0, at % (bytes.length + 1));
          const patient = await ourReading(cut(come, where), { leaving: endsLate });
          expectAllRead(patient, await llhttpReading([come], endsLate));
          const hasty = await ourReading(cut(come, where), { leaving: { how: 'ends', turns } });
          const first = patient.requests.slice(0, 1);
          expect(hasty.requests.slice(0, 1)).toEqual(first);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('callers that leave while the bodies are of no interest leave nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(stream, fc.nat(10_000), places, leaving, async (bytes, at, where, how) => {
        const come = bytes.subarray(0, at % (bytes.length + 1));
        const ours = await ourReading(cut(come, where), { leaving: how, readsBodies: false });
        expect(ours.ended).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
