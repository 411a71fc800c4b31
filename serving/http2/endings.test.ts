import { constants } from 'node:http2';
import { once } from 'node:events';
import { eventually } from '../../tests/support/processes';
import {
  askHttp2,
  closeHttp2,
  echo,
  okHeaders,
  openHttp2,
  startHttp2,
} from '../../tests/support/http2-server';
import type { ShoalError } from '../../core/errors';
import { errorCodes } from './error-codes';
import type { Http2Stream } from './stream';

afterEach(closeHttp2);

describe('who goes away', () => {
  it('is known when that is heard', async () => {
    const { port, handled, closed } = await startHttp2({ handle: () => undefined });
    const request = openHttp2(port).request({ ':path': '/', ':method': 'POST' });
    request.on('error', () => undefined);
    request.write('some');
    await eventually('it is handled', () => handled[0]);
    request.close(constants.NGHTTP2_CANCEL);
    await eventually('it is closed', () => closed[0]);
    expect(closed[0]?.ending).toBe('cancelled');
    expect(handled[0]?.gone).toBe(true);
  });

  it('may break the connection', async () => {
    const { port, handled, closed, server } = await startHttp2({ handle: () => undefined });
    const session = openHttp2(port);
    const answer = askHttp2(session, '/');
    await eventually('it is handled', () => handled[0]);
    session.destroy();
    await answer;
    await eventually('all is gone', () => server.connections() === 0 || undefined);
    expect(closed[0]?.ending).toBe('lost');
    expect(handled[0]?.gone).toBe(true);
  });
});

describe('handlers', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('oops');
      },
    ],
    ['rejects', () => Promise.reject(new Error('oops'))],
  ])('one that %s has its stream reset, and the others go on', async (_, broken) => {
    const handle = (stream: Http2Stream): void | Promise<void> =>
      stream.head.path === '/broken' ? broken() : echo(stream);
    const { port, faults } = await startHttp2({ handle });
    const session = openHttp2(port);
    const [bad, good] = await Promise.all([
      askHttp2(session, '/broken'),
      askHttp2(session, '/', 'good'),
    ]);
    expect(bad.resetBy).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect(good.body.toString()).toBe('good');
    expect(faults).toEqual([new Error('oops')]);
  });

  it('can reset a stream', async () => {
    const { port } = await startHttp2({
      handle: (stream) => {
        stream.reset(errorCodes.enhanceYourCalm);
      },
    });
    const answer = await askHttp2(openHttp2(port), '/');
    expect(answer.resetBy).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });

  it('may be handed a body that is too large for them', async () => {
    const { port } = await startHttp2({
      async handle(stream) {
        const code = await stream.whole(1000).then(
          () => 'fine',
          (error: unknown) => (error as ShoalError).code,
        );
        stream.reply(okHeaders, Buffer.from(code));
      },
    });
    const session = openHttp2(port);
    for (const [size, code] of [
      [1000, 'fine'],
      [1001, 'too_large'],
      [500_000, 'too_large'],
    ] as const) {
      expect((await askHttp2(session, '/', Buffer.alloc(size))).body.toString()).toBe(code);
    }
  });
});

describe('stopping', () => {
  it('answers what is under way and begins nothing new', async () => {
    let go: (() => void) | undefined;
    const { port, server, handled } = await startHttp2({
      async handle(stream) {
        await new Promise<void>((resolve) => (go = resolve));
        await echo(stream);
      },
    });
    const session = openHttp2(port);
    const answer = askHttp2(session, '/', 'last');
    await eventually('it is handled', () => handled[0]);
    const goaway = once(session, 'goaway');
    server.stopAccepting();
    await goaway;
    const drained = server.drain(60_000);
    go?.();
    expect((await answer).body.toString()).toBe('last');
    await drained;
    expect(server.connections()).toBe(0);
  });

  it('ends idle connections at once', async () => {
    const { port, server } = await startHttp2({ handle: echo });
    const session = openHttp2(port);
    await askHttp2(session, '/', 'one');
    await server.drain(60_000);
    expect(server.connections()).toBe(0);
  });

  it('cuts off what is not answered by the deadline', async () => {
    const { port, server, handled } = await startHttp2({ handle: () => undefined });
    const answer = askHttp2(openHttp2(port), '/');
    await eventually('it is handled', () => handled[0]);
    await server.drain(1);
    await answer;
    expect(server.connections()).toBe(0);
  });
});
