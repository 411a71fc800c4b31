import { llhttpReading, ourReading } from '../../../tests/support/http-readings';
import { endsLate } from '../../../tests/support/memory-caller';
import type { Reading } from '../../../tests/support/recorded-reading';

const get = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';
const head = (lines: string): string => `POST /a HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n`;

/** What follows is swallowed or answered, depending on where the request before it ends. */
const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';

async function both(bytes: string): Promise<{ ours: Reading; theirs: Reading }> {
  const chunks = [Buffer.from(bytes, 'latin1')];
  return { ours: await ourReading(chunks), theirs: await llhttpReading(chunks) };
}

const refused: Reading = {
  requests: [],
  ended: true,
  endedFirst: true,
  handedOverAfter: undefined,
};

/** Its caller leaves after each byte: both have read the same by then, and close. */
async function expectSameWhereverItEnds(bytes: string): Promise<void> {
  const all = Buffer.from(bytes, 'latin1');
  for (let length = 0; length < all.length; length += 1) {
    const chunks = [all.subarray(0, length)];
    const ours = await ourReading(chunks, { leaving: endsLate });
    const theirs = await llhttpReading(chunks, endsLate);
    const { requests, ended } = theirs;
    expect({ requests: ours.requests, ended: ours.ended, length }).toEqual({
      requests,
      ended,
      length,
    });
    expect(ours.ended).toBe(true);
  }
}

describe('refused by both', () => {
  it.each([
    ['both length and chunks', head('Content-Length: 3\r\nTransfer-Encoding: chunked') + hidden],
    ['both, the other way', head('Transfer-Encoding: chunked\r\nContent-Length: 3') + hidden],
    ['both, with an unknown coding', head('Content-Length: 3\r\nTransfer-Encoding: xchunked')],
    ['two different lengths', `${head('Content-Length: 3\r\nContent-Length: 4')}abcd`],
    ['two equal lengths', `${head('Content-Length: 3\r\nContent-Length: 3')}abc`],
    ['equal lengths in one line', `${head('Content-Length: 3, 3')}abc`],
    ['a signed length', `${head('Content-Length: +3')}abc`],
    ['a negative length', head('Content-Length: -1')],
    ['a hexadecimal length', `${head('Content-Length: 0x3')}abc`],
    ['a length with an exponent', head('Content-Length: 1e1')],
    ['a length with a blank inside', `${head('Content-Length: 1 0')}abc`],
    ['an empty length', head('Content-Length: ')],
    ['a length beyond exact numbers', head('Content-Length: 99999999999999999999')],
    ['a length that wraps at 64 bits', head('Content-Length: 18446744073709551617')],
    ['a length with a tail', `${head('Content-Length: 3;a')}abc`],
    ['a quoted length', `${head('Content-Length: "3"')}abc`],
    ['a folded header', head('X-A: 1\r\n folded')],
    ['a folded length', `${head('Content-Length:\r\n 3')}abc`],
    ['a blank before the colon', `${head('Content-Length : 3')}abc`],
    ['a tab before the colon', head('Transfer-Encoding\t: chunked') + hidden],
    ['a blank before a name', head(' Content-Length: 3')],
    ['a header without a colon', head('Content-Length 3')],
    ['a header without a name', head(': 3')],
    ['bare line feeds', 'GET /a HTTP/1.1\nHost: x\n\n'],
    ['a bare line feed behind a header', head('X-A: 1\nContent-Length: 3') + hidden],
    ['a bare line feed at the end', 'GET /a HTTP/1.1\r\nHost: x\r\n\n'],
    ['a bare carriage return in a value', head('X-A: 1\rContent-Length: 3') + hidden],
    ['a bare carriage return in the first line', 'GET /a HTTP/1.1\rX: y\r\nHost: x\r\n\r\n'],
    ['a NUL in a value', head('X-A: 1\0')],
    ['a NUL in a name', head('X-\0A: 1')],
    ['a control character in a value', head('X-A: \x01')],
    ['a DEL in a value', head('X-A: \x7f')],
    ['no host', 'GET /a HTTP/1.1\r\n\r\n'],
    ['no target', 'GET  HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a tab between', 'GET\t/a\tHTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a lower-case version', 'GET /a http/1.1\r\nHost: x\r\n\r\n'],
    ['version 2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['version 1.10', 'GET /a HTTP/1.10\r\nHost: x\r\n\r\n'],
    ['something behind the version', 'GET /a HTTP/1.1 \r\nHost: x\r\n\r\n'],
    ['a colon in the method', 'GE:T /a HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a blank before the method', ` ${get}`],
    ['TLS on a plain port', '\x16\x03\x01\x02\x00\x01\x00'],
    ['a binary flood with a line end', '\xff\xfe\0\0\r\n\r\n'],
    ['a head over the limit', head(`X-A: ${'a'.repeat(20_000)}`)],
    ['a target over the limit', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ])('%s', async (_what, bytes) => {
    expect(await both(bytes)).toEqual({ ours: refused, theirs: refused });
  });
});

/** All of it: who is stricter in anything else, or no more in this, has to say so here. */
describe('refused by us alone', () => {
  it.each([
    ['a tab before a length', `${head('Content-Length:\t3')}abc`],
    ['two blanks before a length', `${head('Content-Length:  3')}abc`],
    ['a blank behind a length', `${head('Content-Length: 3 ')}abc`],
    ['two hosts', 'GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
    ['two equal hosts', 'GET /a HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n'],
    ['no version', 'GET /a\r\nHost: x\r\n\r\n'],
    ['two blanks before the version', 'GET /a  HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['too many headers', head(Array.from({ length: 300 }, (_, n) => `X-${n}: 1`).join('\r\n'))],
  ])('%s', async (_what, bytes) => {
    const { ours, theirs } = await both(bytes);
    expect(ours).toEqual(refused);
    expect(theirs.requests).toHaveLength(1);
  });
});

describe("left to llhttp, and then read by llhttp's rules alone", () => {
  const chunked = 'Transfer-Encoding: chunked';
  it.each([
    ['chunks', `${head(chunked)}3\r\nabc\r\n0\r\n\r\n${hidden}`],
    ['chunk extensions', `${head(chunked)}3;a=b\r\nabc\r\n0\r\n\r\n${hidden}`],
    ['trailers', `${head(chunked)}0\r\nX-A: 1\r\n\r\n${hidden}`],
    ['a broken chunk size', `${head(chunked)}zz\r\n${hidden}`],
    ['a negative chunk size', `${head(chunked)}-1\r\n${hidden}`],
    ['chunks not last', `${head('Transfer-Encoding: chunked, gzip')}0\r\n\r\n${hidden}`],
    ['an unknown coding', `${head('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden}`],
    ['two codings', `${head(`${chunked}\r\nTransfer-Encoding: identity`)}0\r\n\r\n${hidden}`],
    ['an expectation', `${head('Expect: 100-continue\r\nContent-Length: 3')}abc${hidden}`],
    ['an upgrade', `GET /a HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n`],
    ['HTTP/1.0', 'GET /a HTTP/1.0\r\n\r\n'],
    ['an absolute target', 'GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a backslash in the target', 'GET /a\\b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['bytes beyond ASCII in the target', 'GET /\xe4 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a lower-case method', 'get /a HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an unknown method', 'TEA /a HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a tunnel', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an empty line in front', `\r\n${get}`],
    ['a bare line feed in front', `\n${get}`],
    ['two words in Connection', `${head('Connection: close, x\r\nContent-Length: 0')}${hidden}`],
    ['Proxy-Connection', `${head('Proxy-Connection: close\r\nContent-Length: 0')}${hidden}`],
  ])('%s', async (_what, bytes) => {
    const { ours, theirs } = await both(get + bytes);
    expect(ours.handedOverAfter).toBe(1);
    expect({ ...ours, handedOverAfter: undefined }).toEqual(theirs);
    await expectSameWhereverItEnds(get + bytes);
  });
});

describe('read by both alike', () => {
  it.each([
    ['no body', get + hidden],
    ['a body', `${head('Content-Length: 3')}abc${hidden}`],
    ['an empty body', head('Content-Length: 0') + hidden],
    ['leading zeros in the length', `${head('Content-Length: 0003')}abc${hidden}`],
    ['a body of a GET', `GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc${hidden}`],
    ['a body that looks like a request', `${head(`Content-Length: ${hidden.length}`)}${hidden}`],
    ['an incomplete body', `${head('Content-Length: 9')}abc`],
    ['no blank behind the colon', `${head('Content-Length:3')}abc${hidden}`],
    ['names in any case', `${head('cOnTeNt-LeNgTh: 3')}abc${hidden}`],
    ['a name that only resembles', head('Content_Length: 3') + hidden],
    ['doubled other headers', head('X-A: 1\r\nx-a: 2\r\nContent-Length: 0') + hidden],
    ['an empty value', head('X-A:\r\nContent-Length: 0') + hidden],
    ['bytes beyond ASCII in a value', head('X-A: \xe4\xff\r\nContent-Length: 0') + hidden],
    ['an end of the connection', `${head('Connection: close\r\nContent-Length: 0')}${hidden}`],
    ['an empty host', 'GET /a HTTP/1.1\r\nHost:\r\n\r\n'],
  ])('%s', async (_what, bytes) => {
    const { ours, theirs } = await both(bytes);
    expect(ours).toMatchObject({ handedOverAfter: undefined });
    expect(ours.requests).toEqual(theirs.requests);
    await expectSameWhereverItEnds(bytes);
  });
});
