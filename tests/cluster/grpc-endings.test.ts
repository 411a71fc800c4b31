import { once } from 'node:events';
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { ask } from '../support/ask';
import { describeEachCluster } from '../support/each-balancer';
import { GrpcClient, grpcPort, services } from '../support/grpc-client';
import { grpcRefusal } from '../support/grpc-infer';
import { eventually } from '../support/processes';
import { runnerPids } from '../support/runner-pids';
import { sumIn, sumOf } from '../support/samples';
import { slowRowsSent } from '../support/slow-calls';
import { upload } from '../support/uploads';

/** One row of a model that gives it back after a while. */
function rowFor(model: string, row: number): { asked: object; answer: Buffer } {
  const answer = Buffer.from(new Uint8Array(Float32Array.of(row, 1, 2, 3).buffer));
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4] }];
  return { asked: { model_name: model, inputs, raw_input_contents: [answer] }, answer };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

describeEachCluster('how calls over gRPC end', (cluster, balancer) => {
  let client: GrpcClient;
  let port = 0;

  beforeAll(async () => {
    port = await grpcPort(cluster().inferrer);
    client = new GrpcClient(services.inference, port);
    const file = 'examples/models/slow/1/model.onnx';
    const fields = { config: '{"max_batch_size":0}' };
    expect(await upload(cluster().url, 'alone', file, { fields })).toMatchObject({ status: 201 });
  });

  afterAll(() => {
    client.close();
  });

  const waiting = (): Promise<number> => sumOf(cluster().url, /^shoal_queue_rows\{.*model="alone"/);
  const batches = (url = cluster().url): Promise<number> =>
    sumOf(url, /^shoal_batch_rows_count\{.*model="alone"/);

  /** Which host has answered. */
  async function askRight(model: string, row: number): Promise<unknown> {
    const { asked, answer } = rowFor(model, row);
    const { message, metadata } = await client.ask('ModelInfer', asked);
    expect(message['raw_output_contents']).toEqual([answer]);
    return metadata.get('shoal-modelhost')[0];
  }

  /** Batches that were sent to runners and have not been run, once both runners have nothing to do. */
  async function neverRun(): Promise<number> {
    const answered = new Set<unknown>();
    while (answered.size < 2) {
      const asked = [1, 2, 3, 4].map((row) => askRight('alone', row));
      for (const host of await Promise.all(asked)) answered.add(host);
    }
    const senders = balancer === 'direct' ? [cluster()] : await cluster().hosts();
    const counts = senders.map(async ({ url }) => {
      const { text } = await ask(`${url}/metrics/triton`);
      return (await batches(url)) - sumIn(text, /^nv_inference_exec_count\{.*model="alone"/);
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  test.each(['inferrer', 'h1'])('deadlines of calls count at %s by themselves', async (name) => {
    const process = cluster().modelhosts.get(name) ?? cluster().inferrer;
    const host = (await cluster().hosts()).find(({ id }) => id === name);
    const url = host?.url ?? cluster().url;
    const one = new GrpcClient(services.inference, await grpcPort(process));
    const before = await batches(url);
    const calls = Array.from({ length: 30 }, (_, row) =>
      one.ask('ModelInfer', rowFor('alone', row).asked, {
        metadata: { 'grpc-timeout': '300m' },
        deadlineMs: Infinity,
      }),
    );
    const told = await Promise.all(calls.map(grpcRefusal));
    one.close();
    const late = told.map((each) => each.join()).filter((each) => each !== 'OK,');
    expect(late.length).toBeGreaterThan(10);
    // Those that would come too late are told so before they have waited.
    for (const said of late)
      expect(['DEADLINE_EXCEEDED,deadline_exceeded', 'UNAVAILABLE,overloaded']).toContain(said);
    await askRight('alone', 3);
    expect((await batches(url)) - before).toBeLessThan(20);
  });

  /** Cancels calls that wait; how many of those that were with a runner already it has not run. */
  async function cancelMany(): Promise<number> {
    await eventually('nobody waits', async () => (await waiting()) === 0 || undefined);
    const unrun = await neverRun();
    const before = await batches();
    const leaving = Array.from({ length: 30 }, () => new AbortController());
    const calls = leaving.map(({ signal }, row) =>
      client.ask('ModelInfer', rowFor('alone', row).asked, { signal }),
    );
    const outcomes = Promise.allSettled(calls);
    await eventually('all wait', async () => (await waiting()) >= 20 || undefined);
    for (const one of leaving) one.abort();
    await eventually('nobody waits', async () => (await waiting()) === 0 || undefined);
    const codes = (await outcomes).flatMap((one) =>
      one.status === 'rejected' ? [codeOf(one.reason)] : [],
    );
    expect(codes.length).toBeGreaterThanOrEqual(20);
    expect(new Set(codes)).toEqual(new Set([status.CANCELLED]));
    await askRight('alone', 4);
    expect((await batches()) - before).toBeLessThan(20);
    return (await neverRun()) - unrun;
  }

  test('calls that are cancelled leave the queue and are never run', async () => {
    // Of four that were sent two are run, and two wait for them: both are run where the runs end while
    // the word is on its way, which it need not be five times.
    let unrun = 0;
    for (let times = 0; times < 5 && unrun === 0; times += 1) unrun = await cancelMany();
    expect(unrun).toBeGreaterThan(0);
  });

  test('a stream that is cancelled takes its requests along', async () => {
    const before = await batches();
    const stream = client.stream('ModelStreamInfer');
    const ended = once(stream, 'error');
    for (let row = 0; row < 30; row += 1) stream.write(rowFor('alone', row).asked);
    // On a busy machine some are refused, which would come too late.
    await eventually('many wait', async () => (await waiting()) >= 8 || undefined);
    stream.cancel();
    expect(codeOf((await ended)[0])).toBe(status.CANCELLED);
    await eventually('nobody waits', async () => (await waiting()) === 0 || undefined);
    expect((await batches()) - before).toBeLessThan(20);
  });

  // Who chooses the next host makes no difference.
  if (balancer === 'direct') {
    test('calls whose runner dies are told so where they cannot be sent again', async () => {
      const { url, modelhosts } = cluster();
      const before = await slowRowsSent([url]);
      const leaving = Array.from({ length: 400 }, () => new AbortController());
      const clients = [client, new GrpcClient(services.inference, port)];
      // Of so many at once that are lost, the budget allows no more than some to be sent again.
      const told = leaving.map(async ({ signal }, row) => {
        const asked = clients[row % 2]!.ask('ModelInfer', rowFor('slow', row).asked, { signal });
        return String(await grpcRefusal(asked));
      });
      await eventually('most are with a host', async () => {
        return (await slowRowsSent([url])) >= before + 200 || undefined;
      });
      for (const { pid } of modelhosts.values())
        for (const runner of runnerPids(pid)) process.kill(runner, 'SIGKILL');
      const lost = 'UNAVAILABLE,host_lost';
      const first = told.map(async (one) => {
        if ((await one) !== lost) throw new Error(await one);
      });
      await Promise.any(first);
      for (const one of leaving) one.abort();
      const all = new Set(await Promise.all(told));
      expect([...all].filter((one) => !['OK,', 'CANCELLED,', lost].includes(one))).toEqual([]);
      clients[1]!.close();
      await cluster().ready('h1', 'h2');
      await askRight('alone', 6);
    });
  }

  test('SIGTERM: watchers and connections are told, what is under way is answered', async () => {
    const health = new GrpcClient(services.health, port);
    const told: unknown[] = [];
    const watching = health.stream('Watch', {}, { service: '' });
    watching.on('data', ({ status: said }: { status: string }) => told.push(said));
    const watchEnds = once(watching, 'error');
    const session = connect(`http://127.0.0.1:${port}`);
    const goaway = once(session, 'goaway');
    await once(session, 'remoteSettings');
    await eventually('it is told', () => told.length > 0 || undefined);
    // Two at each host, and others that wait.
    const rows = Array.from({ length: 8 }, (_, row) => row);
    const calls = Promise.all(rows.map((row) => askRight('alone', row)));
    await eventually('some wait', async () => (await waiting()) >= 1 || undefined);
    const stream = client.stream('ModelStreamInfer');
    const streamEnds = once(stream, 'error');
    stream.write(rowFor('alone', 9).asked);
    await once(stream, 'data');

    const gone = cluster().inferrer.end('SIGTERM');
    expect((await goaway)[0]).toBe(0);
    await calls;
    expect(codeOf((await watchEnds)[0])).toBe(status.UNAVAILABLE);
    expect(told).toEqual(['SERVING', 'NOT_SERVING']);
    expect(codeOf((await streamEnds)[0])).toBe(status.UNAVAILABLE);
    expect(await gone).toBe(0);
    session.destroy();
    health.close();
  });
});
