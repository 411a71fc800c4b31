import { request } from 'node:http';
import { closeTestServers, dialectFor, startTestServer } from '../../tests/support/http-server';
import { createBodyMemory } from './body-memory';

const kilobyte = 1024;

describe('the memory of bodies', () => {
  it('is used again when it has been given back, for bodies of about that size', () => {
    const memory = createBodyMemory();
    const first = memory.take(100 * kilobyte);
    const second = memory.take(100 * kilobyte);
    expect(second.buffer).not.toBe(first.buffer);
    memory.giveBack(first);
    expect(memory.take(101 * kilobyte).buffer).not.toBe(first.buffer);
    expect(memory.take(49 * kilobyte).buffer).not.toBe(first.buffer);
    const third = memory.take(60 * kilobyte);
    expect(third).toHaveLength(60 * kilobyte);
    expect(third.buffer).toBe(first.buffer);
    expect(memory.take(60 * kilobyte).buffer).not.toBe(first.buffer);
    memory.giveBack(third);
    expect(memory.take(100 * kilobyte).buffer).toBe(first.buffer);
  });

  it('has what small bodies need from elsewhere', () => {
    const memory = createBodyMemory();
    const small = memory.take(100);
    memory.giveBack(small);
    expect(memory.take(100).byteOffset).not.toBe(small.byteOffset);
    expect(memory.take(0)).toHaveLength(0);
  });

  it('keeps no more than 16 MiB, the last that was given back', () => {
    const memory = createBodyMemory();
    const pieces = Array.from({ length: 5 }, () => memory.take(4096 * kilobyte));
    for (const piece of pieces) memory.giveBack(piece);
    const again = pieces.map(() => memory.take(4096 * kilobyte).buffer);
    const places = again.map((buffer) => pieces.findIndex((piece) => piece.buffer === buffer));
    expect(places).toEqual([4, 3, 2, 1, -1]);
  });
});

describe('bodies of a server', () => {
  afterEach(closeTestServers);

  const bytes = 64 * kilobyte;

  /** The memory of so many bodies, one after the other. */
  async function memoryOf(bodies: number, done: boolean, pieces: number): Promise<Set<unknown>> {
    const used = new Set<unknown>();
    const dialect = dialectFor('/body', async (exchange) => {
      const body = await exchange.body();
      used.add(body.buffer);
      const letters = new Set(body.toString('latin1'));
      if (done) exchange.bodyDone();
      exchange.reply(200, {}, `${body.length} ${[...letters].join('')}`);
    });
    const { url } = await startTestServer({ dialects: [dialect] });
    for (let body = 0; body < bodies; body += 1) {
      const letter = String.fromCharCode(97 + body);
      expect(await post(`${url}/body`, letter.repeat(bytes), pieces)).toBe(`${bytes} ${letter}`);
    }
    return used;
  }

  it.each([1, 3])('share it when they are done with, in %i pieces', async (pieces) => {
    expect((await memoryOf(5, true, pieces)).size).toBe(1);
  });

  it.each([1, 3])('have their own where nobody says so, in %i pieces', async (pieces) => {
    expect((await memoryOf(5, false, pieces)).size).toBe(5);
  });

  /** Sends the body in pieces, each when the one before is with the system. */
  async function post(url: string, text: string, pieces: number): Promise<string> {
    const call = request(url, { method: 'POST', headers: { 'content-length': text.length } });
    const answer = new Promise<string>((resolve, reject) => {
      call.on('error', reject);
      call.on('response', (response) => {
        response.setEncoding('utf8');
        response.on('data', resolve);
      });
    });
    const size = Math.ceil(text.length / pieces);
    for (let at = 0; at < text.length; at += size) {
      await new Promise((resolve) => call.write(text.slice(at, at + size), resolve));
    }
    call.end();
    return await answer;
  }
});
