import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ShoalError } from '../../core/errors';
import { silentLogger } from '../../core/logging';
import { frameKinds } from '../../protocol/link/frame';
import { createFrameReader } from '../../protocol/link/frame-reader';
import {
  decodeHello,
  decodeInfer,
  encodeHello,
  encodeReply,
  type ReceivedBatch,
} from '../../protocol/link/frames';
import { sharedDirectory } from '../../protocol/link/shared-name';
import { batch } from '../../tests/support/batches';
import { floats } from '../../tests/support/servables';
import { createFramesLink, type FramesLink } from './frames-link';

interface Received {
  readonly batch: ReceivedBatch;
  answer(): void;
}

let directory: string;
let server: Server;
let link: FramesLink | undefined;
let socket: Socket | undefined;
/** The file that the link shares, as the runner opened it. */
let shared: number;
let offered: string;
/** Whether the runner can read what is offered. */
let readable: boolean;
let arrived: Received[];
let told: unknown[];

/** A runner that keeps what it receives; it takes shared memory if told so. */
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  shared = -1;
  offered = '';
  readable = true;
  arrived = [];
  told = [];
  server = createServer((accepted) => {
    socket = accepted;
    const reader = createFrameReader(1e8, (frame) => {
      if (frame.kind === frameKinds.hello) {
        offered = decodeHello(frame).shared;
        if (offered !== '') shared = openSync(path.join(sharedDirectory, offered), 'r');
        const greeting = { host: 'h', runner: 'r', secret: '', shared: readable ? offered : '' };
        accepted.write(Buffer.concat(encodeHello(greeting)));
        return;
      }
      arrived.push({
        batch: decodeInfer(frame),
        answer: () => {
          const body = { queueUs: 1, runUs: 1, outputs: [] };
          accepted.write(Buffer.concat(encodeReply(frame.id, body)));
        },
      });
    });
    accepted.on('data', (chunk) => {
      reader.read(chunk);
    });
  });
});

afterEach(async () => {
  link?.close();
  socket?.destroy();
  if (shared >= 0) closeSync(shared);
  server.close();
  await once(server, 'close');
  rmSync(directory, { recursive: true });
});

async function connected(sharedBytes: number, tcp = false): Promise<FramesLink> {
  const file = path.join(directory, 'socket');
  if (tcp) server.listen(0, '127.0.0.1');
  else server.listen(file);
  await once(server, 'listening');
  const at = server.address();
  const address =
    typeof at === 'object' && at !== null ? `tcp:127.0.0.1:${at.port}` : `unix:${file}`;
  const logger = silentLogger();
  logger.info = (...line: unknown[]) => told.push(line);
  return await new Promise((resolve) => {
    const made = createFramesLink({
      address,
      secret: '',
      sharedBytes,
      logger,
      onState: (up) => {
        if (up) resolve(made);
      },
    });
    link = made;
    made.connect();
  });
}

const large = (value: number) => floats('x', [20_000], new Array<number>(20_000).fill(value));

function send(made: FramesLink, value: number): Promise<unknown> {
  const inputs = [large(value), floats('small', [1], [value])];
  return made.send(batch({ inputs }), performance.now() + 10_000);
}

async function received(count: number): Promise<void> {
  while (arrived.length < count) await once(socket!, 'data');
}

/** First float of each input of a batch, from where it lies. */
function values({ batch: { inputs, shared: ranges } }: Received): readonly number[] {
  return inputs.map(({ data }, input) => {
    const range = ranges.find((one) => one.input === input);
    const bytes = Buffer.alloc(4);
    if (range !== undefined) readSync(shared, bytes, 0, 4, range.at);
    return (range === undefined ? Buffer.from(data) : bytes).readFloatLE(0);
  });
}

test('large inputs lie in shared memory without a name, small ones travel', async () => {
  const made = await connected(1024 * 1024);
  expect(readdirSync(sharedDirectory)).not.toContain(offered);
  const answers = [send(made, 1), send(made, 2)];
  await received(2);
  expect(arrived.map((one) => one.batch.shared)).toEqual([
    [{ input: 0, at: 0, bytes: 80_000, file: 0 }],
    [{ input: 0, at: 81_920, bytes: 80_000, file: 0 }],
  ]);
  expect(arrived.map(values)).toEqual([
    [1, 1],
    [2, 2],
  ]);
  for (const one of arrived) one.answer();
  expect(await Promise.all(answers)).toMatchObject([
    { outcome: 'replied' },
    { outcome: 'replied' },
  ]);
});

test('a range is used again when its batch has been answered, not when its caller gave up', async () => {
  const made = await connected(1024 * 1024);
  const late = made.send(batch({ inputs: [large(1)] }), performance.now() + 1);
  await received(1);
  expect(await late).toMatchObject({ outcome: 'failed', error: { code: 'deadline_exceeded' } });
  const second = send(made, 2);
  await received(2);
  arrived[0]!.answer();
  arrived[1]!.answer();
  await second;
  const third = send(made, 3);
  await received(3);
  arrived[2]!.answer();
  await third;
  expect(arrived.map((one) => one.batch.shared[0]?.at)).toEqual([0, 81_920, 0]);
});

test('a batch that cannot be sent keeps no range', async () => {
  const made = await connected(1024 * 1024);
  const whole = batch({ inputs: [large(1), large(2)] });
  const cut = {
    ...whole.inputs[1]!,
    get chunks(): never {
      throw new ShoalError('invalid_request', 'its client has cut the file short');
    },
  };
  const failed = made.send({ ...whole, inputs: [whole.inputs[0]!, cut] }, performance.now() + 1e4);
  expect(await failed).toMatchObject({ outcome: 'failed', error: { code: 'invalid_request' } });
  const next = send(made, 3);
  await received(1);
  expect(arrived[0]!.batch.shared).toMatchObject([{ at: 0 }]);
  arrived[0]!.answer();
  await next;
});

test('what has no room travels in the frame', async () => {
  const made = await connected(100_000);
  const answers = [send(made, 1), send(made, 2)];
  await received(2);
  expect(arrived.map((one) => one.batch.shared.length)).toEqual([1, 0]);
  expect(arrived.map(values)).toEqual([
    [1, 1],
    [2, 2],
  ]);
  for (const one of arrived) one.answer();
  await Promise.all(answers);
});

test.each([
  ['to another machine', 1024 * 1024, true],
  ['where it is turned off', 0, false],
])('nothing is shared %s', async (_where, bytes, tcp) => {
  const made = await connected(bytes, tcp);
  const answer = send(made, 1);
  await received(1);
  expect([offered, arrived[0]!.batch.shared, values(arrived[0]!)]).toEqual(['', [], [1, 1]]);
  arrived[0]!.answer();
  await answer;
  expect(told).toEqual([]);
});

test('where the runner cannot read it nothing is shared, and the log says so once', async () => {
  readable = false;
  const made = await connected(1024 * 1024);
  const answers = [send(made, 1), send(made, 2)];
  await received(2);
  expect(arrived.map((one) => one.batch.shared)).toEqual([[], []]);
  const cause = 'the runner cannot read the shared memory';
  expect(told).toMatchObject([[{ cause }, 'large inputs go through the socket']]);
  for (const one of arrived) one.answer();
  await Promise.all(answers);
});
