import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { tensor } from '../../examples/constants';
import { writeModel } from '../../examples/onnx-writer';
import type { Reply } from '../support/ask';
import { startCluster, type TestCluster } from '../support/cluster';
import { describeEachBalancer } from '../support/each-balancer';
import { startEdge } from '../support/faults/edge';
import type { RunningNginx } from '../support/nginx';
import { upload } from '../support/uploads';

const bodyBytes = 38_000_000;
const limitBytes = 200_000_000;
/** Bodies that the inferrer holds at the same time: more than three, less than four. */
const heldBytes = 150_000_000;

const environment = {
  MAX_BODY_BYTES: String(limitBytes),
  BODIES_MAX_BYTES: String(heldBytes),
};

describeEachBalancer('bodies of 38 MB where 200 MB are allowed', (balancer) => {
  let cluster: TestCluster;
  let edge: RunningNginx | undefined;
  let urls: readonly string[];

  beforeAll(async () => {
    cluster = await startCluster({ balancer, hosts: 1, examples: '', environment });
    if (balancer === 'nginx') edge = await startEdge(cluster, environment);
    urls = edge === undefined ? [cluster.url] : [cluster.url, edge.url];
    expect((await upload(cluster.url, 'sum', sumModel())).status).toBe(201);
  });

  afterAll(() => cluster.stop());
  afterAll(() => edge?.stop());

  /** What was wrong with the answer, or 'right'. */
  async function outcomeOf(url: string, call: Call): Promise<string> {
    const { status, text } = await post(url, call.headers, call.body);
    if (status !== 200) return `${status} ${text}`;
    const [sum] = (JSON.parse(text) as { outputs: { data: number[] }[] }).outputs[0]!.data;
    return sum === call.sum ? 'right' : `${sum} instead of ${call.sum}`;
  }

  // First, while the most memory that there was is that of such bodies.
  test('binary, one after the other: answered rightly, and nothing stays in the inferrer', async () => {
    const ask = async (number: number): Promise<void> => {
      const call = binaryCall(number);
      expect(call.body.length).toBeGreaterThanOrEqual(bodyBytes);
      for (const url of urls) expect(await outcomeOf(url, call)).toBe('right');
    };
    // When the memory of a body is given back is for the collector to say: first up to its habit.
    for (let number = 0; number < 6; number += 1) await ask(number);
    const before = peakBytes(cluster.inferrer.pid);
    for (let number = 6; number < 18; number += 1) await ask(number);
    expect(peakBytes(cluster.inferrer.pid)).toBeLessThan(before + 8 * bodyBytes);
  });

  test('JSON: answered rightly', async () => {
    const call = jsonCall(1);
    expect(call.body.length).toBeGreaterThanOrEqual(bodyBytes);
    for (const url of urls) expect(await outcomeOf(url, call)).toBe('right');
  });

  test('beyond the limit: 413 that says what is allowed and what came', async () => {
    for (const url of urls) {
      const { status, text } = await post(url, { 'content-length': String(limitBytes + 1) });
      expect([status, JSON.parse(text)]).toMatchObject([413, { code: 'too_large' }]);
      expect(text).toContain(`at most ${limitBytes} bytes`);
      expect(text).toContain(`came ${limitBytes + 1}`);
    }
  });

  test('at once: what is more than the inferrer may hold is refused, and it does not grow', async () => {
    const callers = 24;
    const call = binaryCall(1);
    const before = peakBytes(cluster.inferrer.pid);
    const asked = Array.from({ length: callers }, () =>
      outcomeOf(cluster.url, call).catch(resetWhileSending),
    );
    const outcomes = await Promise.all(asked);
    const told = outcomes.filter((outcome) => /^503 .*"overloaded"/.test(outcome));
    expect(told.length).toBeGreaterThan(0);
    // All callers are in this process: one that is held up sends on for longer than the inferrer
    // waits for it to read its refusal.
    const refused = [...told, ...outcomes.filter((outcome) => outcome === reset)];
    expect(outcomes).toContain('right');
    expect(outcomes.filter((outcome) => outcome === 'right')).toHaveLength(
      callers - refused.length,
    );
    expect(peakBytes(cluster.inferrer.pid)).toBeLessThan(before + 4 * heldBytes);
  });
});

/** `y` is the sum of all of `x`. */
function sumModel(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    writeModel({
      opsets: { 'ai.onnx': 17 },
      graph: {
        name: 'sum',
        inputs: [tensor('x', 'double', [1, 'n'])],
        outputs: [tensor('y', 'double', [1, 1])],
        nodes: [{ op: 'ReduceSum', inputs: ['x'], outputs: ['y'] }],
      },
    }),
  );
}

interface Call {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly sum: number;
}

/** Whole numbers, so that their sum is exact; others for each `first`. */
function numbers(count: number, first: number): Float64Array {
  return Float64Array.from({ length: count }, (_, at) => 100_000 + ((first + at * 7919) % 800_000));
}

function binaryCall(first: number): Call {
  const values = numbers(bodyBytes / 8, first);
  const input = { name: 'x', datatype: 'FP64', shape: [1, values.length] };
  const parameters = { binary_data_size: values.byteLength };
  const head = Buffer.from(JSON.stringify({ inputs: [{ ...input, parameters }] }));
  return {
    headers: { 'inference-header-content-length': String(head.length) },
    body: Buffer.concat([head, Buffer.from(values.buffer)]),
    sum: values.reduce((sum, value) => sum + value),
  };
}

/** Seven bytes a number. */
function jsonCall(first: number): Call {
  const values = numbers(Math.ceil(bodyBytes / 7), first);
  const input = `"name":"x","datatype":"FP64","shape":[1,${values.length}]`;
  return {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`{"inputs":[{${input},"data":[${values.join()}]}]}`),
    sum: values.reduce((sum, value) => sum + value),
  };
}

/** Takes the answer also where it comes before the body has left. */
function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: Buffer,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const sent = request(
      `${url}/v2/models/sum/infer`,
      { method: 'POST', headers: { ...headers, ...length } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
          sent.destroy();
        });
      },
    );
    sent.on('error', reject);
    if (body === undefined) sent.flushHeaders();
    else sent.end(body);
  });
}

const reset = 'reset while sending';

/** The outcome of a caller whose connection was broken off; any other error is thrown. */
function resetWhileSending(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!['ECONNRESET', 'EPIPE'].includes(code)) throw error;
  return reset;
}

/** The most resident memory that a process ever had. */
function peakBytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}
