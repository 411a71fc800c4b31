import { status } from '@grpc/grpc-js';
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { tensor } from '../../examples/constants';
import { writeModel } from '../../examples/onnx-writer';
import { bytesData } from '../../protocol/bytes-elements';
import { describeEachCluster } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { upload } from '../support/uploads';

/** X FP32[rows,2] and S BYTES[2], each given back as it is. */
const mixed = writeModel({
  opsets: { 'ai.onnx': 17 },
  graph: {
    name: 'mixed',
    inputs: [tensor('X', 'float', ['rows', 2]), tensor('S', 'string', [2])],
    outputs: [tensor('Y', 'float', ['rows', 2]), tensor('T', 'string', [2])],
    nodes: [
      { op: 'Identity', inputs: ['X'], outputs: ['Y'] },
      { op: 'Identity', inputs: ['S'], outputs: ['T'] },
    ],
  },
});

const numbers = Buffer.from(new Uint8Array(Float32Array.of(1.5, -2).buffer));
const texts = Buffer.from(bytesData(['héllo', '']));
const overrun = Buffer.from(texts).fill(99, 0, 1);

type Input = Readonly<Record<string, unknown>>;

/** A request over HTTP: its JSON, what stands behind it, and what its header says of the JSON. */
interface HttpCall {
  readonly inputs: readonly Input[];
  readonly behind?: Buffer;
  readonly headerLength?: string;
  readonly more?: object;
}

interface GrpcMessage {
  readonly inputs: readonly Input[];
  readonly raw_input_contents: readonly Buffer[];
}

const x = { name: 'X', shape: [1, 2], datatype: 'FP32' };
const s = { name: 'S', shape: [2], datatype: 'BYTES' };

function binary(input: Input, bytes: number): Input {
  return { ...input, parameters: { binary_data_size: bytes } };
}

const goodInputs = [binary(x, 8), binary(s, 14)];
const goodHttp: HttpCall = { inputs: goodInputs, behind: Buffer.concat([numbers, texts]) };
const goodGrpc: GrpcMessage = { inputs: [x, s], raw_input_contents: [numbers, texts] };

/** The same fault over HTTP and, where it can be made there, over gRPC. */
interface Refusal {
  readonly http: HttpCall;
  readonly grpc?: GrpcMessage;
  readonly words: string;
}

const refusals: Readonly<Record<string, Refusal>> = {
  'JSON said to be longer than the body': {
    http: { ...goodHttp, headerLength: '300' },
    words: '300',
  },
  'a negative length of JSON': { http: { ...goodHttp, headerLength: '-1' }, words: '-1' },
  'a length of JSON that is no number': {
    http: { ...goodHttp, headerLength: 'abc' },
    words: 'abc',
  },
  'a byte too many for numbers': {
    http: {
      inputs: [binary(x, 9), binary(s, 14)],
      behind: Buffer.concat([numbers, Buffer.of(0), texts]),
    },
    grpc: { ...goodGrpc, raw_input_contents: [Buffer.concat([numbers, Buffer.of(0)]), texts] },
    words: "'X'",
  },
  'a byte too few for texts': {
    http: {
      inputs: [binary(x, 8), binary(s, 13)],
      behind: Buffer.concat([numbers, texts.subarray(0, 13)]),
    },
    grpc: { ...goodGrpc, raw_input_contents: [numbers, texts.subarray(0, 13)] },
    words: "'S'",
  },
  'data behind that of all inputs': {
    http: { ...goodHttp, behind: Buffer.concat([numbers, texts, Buffer.of(0)]) },
    grpc: { ...goodGrpc, raw_input_contents: [numbers, texts, Buffer.of(0)] },
    words: '',
  },
  'data in both places': {
    http: { ...goodHttp, inputs: [{ ...binary(x, 8), data: [1.5, -2] }, binary(s, 14)] },
    grpc: { ...goodGrpc, inputs: [{ ...x, contents: { fp32_contents: [1.5, -2] } }, s] },
    words: "'X'",
  },
  'data in neither place': {
    http: { inputs: [x, binary(s, 14)], behind: texts },
    grpc: { inputs: [x, s], raw_input_contents: [] },
    words: "'X'",
  },
  'a text that runs past its end': {
    http: { ...goodHttp, behind: Buffer.concat([numbers, overrun]) },
    grpc: { ...goodGrpc, raw_input_contents: [numbers, overrun] },
    words: "'S'",
  },
  'a negative size': withShape([1, -2]),
  'sizes whose product overflows': withShape([2 ** 31 - 1, 2 ** 31 - 1]),
  'sizes beyond 32 bits': withShape([2_147_483_648, 2_147_483_648, 4]),
};

function withShape(shape: readonly number[]): Refusal {
  return {
    http: { ...goodHttp, inputs: [{ ...binary(x, 8), shape }, binary(s, 14)] },
    grpc: { ...goodGrpc, inputs: [{ ...x, shape }, s] },
    words: "'X'",
  };
}

interface Reply {
  readonly status: number;
  readonly body: { readonly error?: string; readonly outputs?: readonly Input[]; id?: string };
}

describeEachCluster('what is refused over HTTP and gRPC alike, and what is not', (cluster) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let client: GrpcClient;

  beforeAll(async () => {
    expect((await upload(cluster().url, 'mixed', new Uint8Array(mixed))).status).toBe(201);
    client = new GrpcClient(services.inference, await grpcPort(cluster().inferrer));
  });

  afterAll(() => {
    agent.destroy();
    client.close();
  });

  /** All over one connection, which has to outlive every refusal. */
  async function send(
    path: string,
    body: Buffer,
    headers: object = {},
    chunked = false,
  ): Promise<Reply> {
    const { status: code, text } = await new Promise<{ status: number; text: string }>(
      (resolve, reject) => {
        const length = chunked ? {} : { 'content-length': String(body.length) };
        const method = 'POST';
        const url = `${cluster().url}${path}`;
        const sent = request(
          url,
          { method, agent, headers: { ...length, ...headers } },
          (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (part: string) => (text += part));
            answer.on('end', () => {
              resolve({ status: answer.statusCode ?? 0, text });
            });
          },
        );
        sent.on('error', reject);
        sent.end(body);
      },
    );
    return { status: code, body: JSON.parse(text) as Reply['body'] };
  }

  function infer(call: HttpCall, headers: object = {}, chunked = false): Promise<Reply> {
    const { inputs, behind = Buffer.alloc(0), more } = call;
    const json = Buffer.from(JSON.stringify({ inputs, ...more }));
    const length = call.headerLength ?? String(json.length);
    const all = { 'inference-header-content-length': length, ...headers };
    return send('/v2/models/mixed/infer', Buffer.concat([json, behind]), all, chunked);
  }

  async function expectBothRight(): Promise<void> {
    const { status: code, body } = await infer(goodHttp);
    expect([code, body.outputs?.map(({ data }) => data)]).toEqual([
      200,
      [
        [1.5, -2],
        ['héllo', ''],
      ],
    ]);
    const { message } = await client.ask('ModelInfer', { model_name: 'mixed', ...goodGrpc });
    expect(message['raw_output_contents']).toEqual([numbers, texts]);
  }

  test.each(Object.entries(refusals))('%s; the next request is answered', async (_, refusal) => {
    const { status: code, body } = await infer(refusal.http);
    expect([code, body.error]).toEqual([400, expect.stringContaining(refusal.words)]);
    if (refusal.grpc !== undefined) {
      const asked = client.ask('ModelInfer', { model_name: 'mixed', ...refusal.grpc });
      await expect(asked).rejects.toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringContaining(refusal.words) as string,
      });
    }
    await expectBothRight();
  });

  const flat = { ...x, shape: [2, 2], data: [1, 2, 3, 4] };
  const words = { ...s, data: ['a', 'b'] };
  const nested = [
    [1, 2],
    [3, 4],
  ];
  const noRows = { ...x, shape: [0, 2], data: [] };

  test.each<[string, HttpCall]>([
    ['flat data', { inputs: [flat, words] }],
    [
      'nested data',
      {
        inputs: [{ ...flat, data: nested }, words],
      },
    ],
    ['no outputs, for all', { inputs: [flat, words], more: { outputs: [] } }],
    ['unknown keys', { inputs: [flat, words], more: { extra: { of: 1 } } }],
    ['an empty id, for none', { inputs: [flat, words], more: { id: '' } }],
  ])('%s is taken', async (_, call) => {
    const reply = await infer(call);
    expect(reply).toMatchObject({
      status: 200,
      body: {
        outputs: [{ name: 'Y', shape: [2, 2], data: [1, 2, 3, 4] }, { data: ['a', 'b'] }],
      },
    });
    expect(reply.body).not.toHaveProperty('id');
  });

  test('no rows, a chunked body and a packed one are taken', async () => {
    const empty = await infer({ inputs: [noRows, words] });
    expect(empty.body.outputs?.[0]).toMatchObject({ shape: [0, 2], data: [] });
    expect((await infer(goodHttp, {}, true)).status).toBe(200);
    const json = Buffer.from(JSON.stringify({ inputs: goodInputs }));
    const packed = gzipSync(Buffer.concat([json, numbers, texts]));
    const headers = {
      'content-encoding': 'gzip',
      'inference-header-content-length': String(json.length),
    };
    expect((await send('/v2/models/mixed/infer', packed, headers)).status).toBe(200);
    const { message } = await client.ask('ModelInfer', {
      model_name: 'mixed',
      inputs: [{ ...x, shape: [0, 2] }, s],
      raw_input_contents: [Buffer.alloc(0), texts],
    });
    expect(message['raw_output_contents']).toEqual([Buffer.alloc(0), texts]);
  });

  test('a body of bytes alone is the only input of a model, and so is the answer', async () => {
    const row = Float32Array.of(5.1, 3.5, 1.4, 0.2);
    const answer = await fetch(`${cluster().url}/v2/models/iris/infer`, {
      method: 'POST',
      body: row,
      headers: { 'inference-header-content-length': '0' },
    });
    expect(answer.status).toBe(200);
    const length = Number(answer.headers.get('inference-header-content-length'));
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(length);
  });

  test('the index is given to a form without fields, and /v2/ is /v2', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await send('/v2/repository/index', Buffer.alloc(0), form)).status).toBe(200);
    const pages = await Promise.all(
      ['/v2', '/v2/'].map(async (path) => (await fetch(`${cluster().url}${path}`)).json()),
    );
    expect(pages[0]).toMatchObject({ name: 'shoal' });
    expect(pages[1]).toEqual(pages[0]);
  });
});
