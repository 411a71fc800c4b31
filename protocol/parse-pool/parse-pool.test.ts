import { Worker } from 'node:worker_threads';
import { ShoalError } from '../../core/errors';
import { ask, tiny } from '../../tests/support/identity-models';
import type { ReadLargeJson } from './large-json';
import { createParsePool, type ParsePool } from './parse-pool';
import { readInferCall } from '../dialects/open-inference/read-infer-call';

const pools: ParsePool[] = [];

function pool(workers: number, maxWaiting: number, start?: () => Worker): ParsePool {
  const made = createParsePool({ workers, maxWaiting, ...(start === undefined ? {} : { start }) });
  pools.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((made) => made.close()));
});

/** A call with so many floats and an integer beyond 2^53. */
function largeCall(count: number): string {
  const values = Array.from({ length: count }, (_, at) => at / 8);
  return (
    `{"id":"a","parameters":{"sequence_id":18446744073709551615},"inputs":[` +
    `{"name":"X","datatype":"FP32","shape":[${count}],"data":${JSON.stringify(values)}},` +
    `{"name":"I","datatype":"INT64","shape":[1],"data":[9007199254740993]},` +
    `{"name":"S","datatype":"BYTES","shape":[2],"data":["héllo",""]},` +
    `{"name":"E","datatype":"FP32","shape":[0],"data":[]},` +
    `{"name":"B","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}}]}`
  );
}

async function codeOf(result: Promise<unknown>): Promise<string> {
  try {
    await result;
  } catch (error) {
    if (error instanceof ShoalError) return error.code;
    throw error;
  }
  return 'none';
}

/** A worker that runs this code for each message. */
function scripted(code: string): () => Worker {
  const script = `require('node:worker_threads').parentPort.on('message', ({ json }) => { ${code} })`;
  return () => new Worker(script, { eval: true });
}

describe('a parse pool', () => {
  it('reads what is read here too', async () => {
    const text = largeCall(50_000);
    const call = await pool(1, 10).read('open-inference', { json: Buffer.from(text) });
    const expected = readInferCall(text);
    expect({ ...call, inputs: [] }).toEqual({ ...expected, inputs: [] });
    const bytes = call.inputs.map(({ data }) => Buffer.from(data));
    expect(bytes).toEqual(expected.inputs.map(({ data }) => Buffer.from(data)));
    expect(call.inputs.map(({ name }) => name)).toEqual(['X', 'I', 'S', 'E', 'B']);
  });

  it('gives each small tensor memory of its own, one call after the other', async () => {
    const shared = pool(1, 10);
    const input = (name: string, data: string): string =>
      `{"name":"${name}","datatype":"INT8","shape":[3],"data":${data}}`;
    const text = `{"inputs":[${input('X', '[1,2,3]')},${input('Y', '[4,5,6]')}]}`;
    for (let round = 0; round < 2; round++) {
      const { inputs } = await shared.read('open-inference', { json: Buffer.from(text) });
      expect(inputs.map(({ data }) => [...data])).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect(inputs.map(({ data }) => data.buffer.byteLength)).toEqual([3, 3]);
    }
  });

  it('leaves the body as it was', async () => {
    const body = Buffer.from(`xx${largeCall(10)}`);
    await pool(1, 10).read('open-inference', { json: body.subarray(2) });
    expect(body.toString('utf8', 0, 5)).toBe('xx{"i');
  });

  it('refuses what is refused here too', async () => {
    const shared = pool(2, 10);
    for (const text of ['{bad', '{"inputs":5}', '{"inputs":[{"name":"X"}]}']) {
      let message = '';
      try {
        readInferCall(text);
      } catch (error) {
        message = (error as ShoalError).message;
      }
      await expect(shared.read('open-inference', { json: Buffer.from(text) })).rejects.toThrow(
        message,
      );
    }
    expect(await codeOf(shared.read('open-inference', { json: Buffer.from('{bad') }))).toBe(
      'malformed_body',
    );
  });

  it('reads more calls than it has threads, one after the other', async () => {
    const shared = pool(2, 100);
    const texts = Array.from({ length: 20 }, (_, at) => `{"id":"${at}","inputs":[]}`);
    const calls = await Promise.all(
      texts.map((text) => shared.read('open-inference', { json: Buffer.from(text) })),
    );
    expect(calls.map(({ id }) => id)).toEqual(texts.map((_, at) => String(at)));
  });

  it('refuses calls beyond those that may wait', async () => {
    const stuck = pool(1, 1, scripted(''));
    const first = codeOf(stuck.read('open-inference', { json: Buffer.from('{}') }));
    const second = codeOf(stuck.read('open-inference', { json: Buffer.from('{}') }));
    expect(await codeOf(stuck.read('open-inference', { json: Buffer.from('{}') }))).toBe(
      'overloaded',
    );
    await stuck.close();
    expect(await first).toBe('internal');
    expect(await second).toBe('shutting_down');
    expect(await codeOf(stuck.read('open-inference', { json: Buffer.from('{}') }))).toBe(
      'shutting_down',
    );
  });

  it('does not read what nobody waits for any more when its turn comes', async () => {
    const answer = '{ read: { id: Buffer.from(json).toString() } }';
    const reads = `require('node:worker_threads').parentPort.postMessage(${answer})`;
    // The thread is busy with the first at least until all three have been given.
    const shared = pool(1, 10, scripted(reads));
    const first = shared.read('open-inference', { json: Buffer.from('first') });
    const over = codeOf(
      shared.read('open-inference', { json: Buffer.from('over'), unwanted: () => true }),
    );
    const last = shared.read('open-inference', {
      json: Buffer.from('last'),
      unwanted: () => false,
    });
    expect((await first).id).toBe('first');
    expect(await over).toBe('deadline_exceeded');
    expect((await last).id).toBe('last');
  });

  it('a deadline that passes meanwhile is answered', async () => {
    const readLargeJson = (): Promise<never> => new Promise(() => undefined);
    const body = `${tiny},"padding":"${'x'.repeat(256 * 1024)}"}`;
    const headers = { 'shoal-timeout-ms': '20' };
    const path = '/v2/models/tiny/infer';
    const late = await ask({ path, body, headers }, { readLargeJson });
    expect(late.status).toBe(504);
    const wrong = { 'shoal-timeout-ms': 'soon' };
    expect((await ask({ path, body, headers: wrong }, { readLargeJson })).status).toBe(400);
  });

  it.each([
    ['throws', 'throw new Error("boom")'],
    ['exits', 'process.exit(3)'],
  ])('replaces a thread that %s and loses only its call', async (_case, fault) => {
    const answer = '{ read: { id: Buffer.from(json).toString() } }';
    const code = `if (Buffer.from(json).toString() === 'bad') { ${fault} }
      require('node:worker_threads').parentPort.postMessage(${answer})`;
    const shared = pool(1, 10, scripted(code));
    const bad = codeOf(shared.read('open-inference', { json: Buffer.from('bad') }));
    const good = shared.read('open-inference', { json: Buffer.from('good') });
    expect(await bad).toBe('internal');
    expect((await good).id).toBe('good');
  });

  it('reads the large calls of the dialect and no others', async () => {
    const read: number[] = [];
    const shared = pool(1, 10);
    const readLargeJson: ReadLargeJson = (form, large) => {
      read.push(large.json.length);
      return shared.read(form, large);
    };
    const padded = `${tiny},"padding":"${'x'.repeat(256 * 1024)}"}`;
    const path = '/v2/models/tiny/infer';
    const large = await ask({ path, body: padded }, { readLargeJson });
    const small = await ask({ path, body: `${tiny}}` }, { readLargeJson });
    expect(large.text).toBe(small.text);
    expect(read).toEqual([padded.length]);
    const wrong = await ask({ path, body: padded.slice(0, -1) }, { readLargeJson });
    expect(wrong.status).toBe(400);
  });
});
