import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { eventually } from '../../tests/support/processes';
import {
  askHttp2,
  closeHttp2,
  echo,
  okHeaders,
  okTrailers,
  openHttp2,
  startHttp2,
} from '../../tests/support/http2-server';
import { encodeFields } from './hpack/encode-fields';

afterEach(closeHttp2);

const bytesOf = (size: number, seed = 1): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let at = 0, x = seed; at < size; at += 1) {
    x = (x * 1_103_515_245 + 12_345) % 2 ** 31;
    bytes[at] = x >> 16;
  }
  return bytes;
};

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('with the client of node:http2', () => {
  it('answers headers, body and trailers', async () => {
    const { port, handled } = await startHttp2({ handle: echo });
    const answer = await askHttp2(openHttp2(port), '/a/b?c=d', 'hello', {
      'x-one': '1',
      'x-many': ['2', '3'],
      cookie: ['a=b', 'c=d'],
    });
    expect(answer.headers).toMatchObject({
      ':status': 200,
      'content-type': 'application/octet-stream',
    });
    expect(answer.body.toString()).toBe('hello');
    expect(answer.trailers).toMatchObject({ outcome: 'fine' });
    expect(answer.resetBy).toBe(0);
    const { head } = handled[0]!;
    expect(head).toMatchObject({ method: 'POST', path: '/a/b?c=d', scheme: 'http' });
    expect(head.authority).toBe(`127.0.0.1:${port}`);
    expect(head.header('x-one')).toBe('1');
    expect(head.header('x-many')).toBe('2, 3');
    expect(head.header('x-none')).toBeUndefined();
  });

  it.each([0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 600_000, 1_048_577, 38_000_000])(
    'gives back a body of %i bytes',
    async (size) => {
      const { port } = await startHttp2({ handle: echo });
      const body = bytesOf(size);
      const answer = await askHttp2(openHttp2(port), '/', body);
      expect(answer.body).toHaveLength(size);
      expect(digest(answer.body)).toBe(digest(body));
      expect(answer.trailers).toMatchObject({ outcome: 'fine' });
    },
  );

  it('gives back bodies that declare their length, and that are told from their start', async () => {
    const { port } = await startHttp2({
      handle: echo,
      expectedBytes: (stream, start) =>
        stream.head.path === '/told' ? start.readUInt32BE(0) : undefined,
    });
    const session = openHttp2(port);
    const body = bytesOf(3_000_000);
    body.writeUInt32BE(body.length, 0);
    for (const [path, length] of [
      ['/declared', '3000000'],
      ['/told', undefined],
    ] as const) {
      const headers: Record<string, string> =
        length === undefined ? {} : { 'content-length': length };
      expect(digest((await askHttp2(session, path, body, headers)).body)).toBe(digest(body));
    }
  });

  it('keeps many requests of one connection apart', async () => {
    const { port } = await startHttp2({ handle: echo });
    const session = openHttp2(port);
    const bodies = Array.from({ length: 200 }, (_, n) => bytesOf(n * 997, n + 1));
    const answers = await Promise.all(bodies.map((body) => askHttp2(session, '/', body)));
    expect(answers.map(({ body }) => digest(body))).toEqual(bodies.map(digest));
  });

  it('waits for a client with small windows', async () => {
    const { port } = await startHttp2({ handle: echo });
    const session = openHttp2(port);
    session.settings({ initialWindowSize: 10 });
    const bodies = [bytesOf(1000), bytesOf(0), bytesOf(5), bytesOf(2000)];
    const answers = await Promise.all(bodies.map((body) => askHttp2(session, '/', body)));
    expect(answers.map(({ body }) => digest(body))).toEqual(bodies.map(digest));
  });

  it('does without a table for headers where the client wants none', async () => {
    const { port } = await startHttp2({ handle: echo });
    const session = openHttp2(port);
    session.settings({ headerTableSize: 0 });
    for (const body of ['one', 'two', 'three']) {
      expect((await askHttp2(session, '/', body)).body.toString()).toBe(body);
    }
  });

  it('passes parts on in both directions while more is to come', async () => {
    const { port } = await startHttp2({
      async handle(stream) {
        stream.respond(okHeaders);
        for await (const part of stream.bodyParts()) {
          stream.write(Buffer.concat([Buffer.from('<'), part, Buffer.from('>')]));
          await stream.drained();
        }
        stream.end(okTrailers);
      },
    });
    const stream = openHttp2(port).request({ ':path': '/', ':method': 'POST' });
    for (const word of ['one', 'two', 'three']) {
      stream.write(word);
      const [got] = (await once(stream, 'data')) as [Buffer];
      expect(got.toString()).toBe(`<${word}>`);
    }
    const trailers = once(stream, 'trailers');
    stream.end();
    stream.resume();
    expect((await trailers)[0]).toMatchObject({ outcome: 'fine' });
  });

  it('lets a client wait that sends faster than anybody reads', async () => {
    let go: (() => void) | undefined;
    const waits = new Promise<void>((resolve) => (go = resolve));
    const { port } = await startHttp2({
      limits: { streamWindowBytes: 100_000, connectionWindowBytes: 1_000_000 },
      async handle(stream) {
        await waits;
        const sizes: number[] = [];
        for await (const part of stream.bodyParts()) sizes.push(part.length);
        const largest = Math.max(...sizes);
        const all = sizes.reduce((sum, size) => sum + size);
        stream.reply(okHeaders, Buffer.from(`${largest} ${all}`));
      },
    });
    const session = openHttp2(port);
    const answer = askHttp2(session, '/', bytesOf(5_000_000));
    await eventually(
      'the window of the stream is used up',
      () => session.state.remoteWindowSize === 900_000 || undefined,
    );
    go?.();
    expect((await answer).body.toString()).toBe('100000 5000000');
  });

  it('takes trailers', async () => {
    const { port } = await startHttp2({ handle: echo });
    const stream = openHttp2(port).request(
      { ':path': '/', ':method': 'POST' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ checksum: 'abc' });
    });
    stream.end('body');
    stream.resume();
    await once(stream, 'close');
    expect(stream.rstCode).toBe(0);
  });

  it('sends header blocks that are larger than a frame', async () => {
    const large = encodeFields([
      [':status', '200'],
      ['x-large', 'y'.repeat(40_000)],
    ]);
    const { port } = await startHttp2({
      handle(stream) {
        stream.reply(large, Buffer.from('body'));
      },
    });
    const answer = await askHttp2(openHttp2(port), '/');
    expect(answer.headers['x-large']).toHaveLength(40_000);
  });
});
