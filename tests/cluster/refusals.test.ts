import { status } from '@grpc/grpc-js';
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describeEachCluster } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import {
  goodGrpc,
  goodHttp,
  goodInputs,
  mixed,
  numbers,
  refusals,
  s,
  texts,
  x,
  type HttpCall,
  type Input,
} from '../support/refused-calls';
import { integers, integersJson, refusedIntegers } from '../support/refused-integers';
import { upload } from '../support/uploads';

interface Reply {
  readonly status: number;
  readonly body: { readonly error?: string; readonly outputs?: readonly Input[]; id?: string };
}

describeEachCluster(
  'what is refused over HTTP and gRPC alike, and what is not',
  (cluster) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let client: GrpcClient;

    beforeAll(async () => {
      for (const [name, model] of Object.entries({ mixed, integers })) {
        expect((await upload(cluster().url, name, new Uint8Array(model))).status).toBe(201);
      }
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

    test.each(refusedIntegers)('$name: $text is no integer of its type', async (one) => {
      const { status: code, body } = await send('/v2/models/integers/infer', Buffer.from(one.json));
      expect([code, body.error]).toEqual([400, expect.stringContaining(`'${one.name}'`)]);
      if (one.message === undefined) return;
      await expect(client.ask('ModelInfer', one.message)).rejects.toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringContaining(`'${one.name}'`) as string,
      });
    });

    test('the largest and the least integers are given back as they came', async () => {
      const json = integersJson({
        I: '-9223372036854775808',
        U: '18446744073709551615',
        B: '-128',
      });
      const answer = await fetch(`${cluster().url}/v2/models/integers/infer`, {
        method: 'POST',
        body: json,
      });
      const text = await answer.text();
      const data = [...text.matchAll(/"data":\[([^\]]*)\]/g)].map(([, values]) => values);
      expect(data).toEqual(['-9223372036854775808', '18446744073709551615', '-128', '1']);
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
  },
  { models: ['iris'] },
);
