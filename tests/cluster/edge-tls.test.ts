import { credentials, status } from '@grpc/grpc-js';
import { connect, type ClientHttp2Session } from 'node:http2';
import { request } from 'node:https';
import { addSubCall } from '../support/add-sub-call';
import { TestCertificates, type TestCertificate } from '../support/certificates';
import { describeWhere, missingCommand } from '../support/describe-where';
import { startEdgeCluster, type EdgeCluster } from '../support/edge-cluster';
import { GrpcClient, services } from '../support/grpc-client';
import { askHttp2 } from '../support/http2-server';
import { irisLabels } from '../support/iris-over-grpc';

const missing = missingCommand('nginx', 'curl', 'openssl');
const models = ['add-sub', 'iris'];

describeWhere(missing, 'TLS and HTTP/2 at the edge', () => {
  const certificates = new TestCertificates();
  let own: TestCertificate;
  let started: EdgeCluster;

  beforeAll(async () => {
    own = certificates.make('own');
    started = await startEdgeCluster({ TLS_CERT: own.certFile, TLS_KEY: own.keyFile }, { models });
  });

  afterAll(() => started.stop());

  afterAll(() => {
    certificates.remove();
  });

  /** Asks over one connection, 32 at a time; how many answers came of which host. */
  async function askAll(session: ClientHttp2Session, count: number): Promise<Map<string, number>> {
    const byHost = new Map<string, number>();
    let next = 0;
    const asking = async (): Promise<void> => {
      while (next < count) {
        const call = addSubCall((next += 1));
        const asked = JSON.stringify(call.body);
        const { headers, body } = await askHttp2(session, '/v2/models/add-sub/infer', asked);
        const status = Number(headers[':status']);
        expect(call.wrong({ status, headers, text: body.toString() })).toBeUndefined();
        const host = String(headers['shoal-modelhost']);
        byHost.set(host, (byHost.get(host) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 32 }, asking));
    return byHost;
  }

  test('one connection of HTTP/2 reaches all modelhosts evenly, and every answer is its own', async () => {
    const session = connect(started.edge.url, { ca: own.cert });
    const byHost = await askAll(session, 10_000);
    session.close();
    expect(session.alpnProtocol).toBe('h2');
    expect([...byHost.keys()].sort()).toEqual(['h1', 'h2']);
    for (const count of byHost.values()) expect(Math.abs(count - 5000)).toBeLessThan(1000);
  });

  test('who speaks HTTP/1.1 is answered on the same port', async () => {
    const version = await new Promise((resolve, reject) => {
      request(`${started.edge.url}/v2/health/ready`, { ca: own.cert }, (answer) => {
        answer.resume();
        resolve([answer.httpVersion, answer.statusCode]);
      })
        .on('error', reject)
        .end();
    });
    expect(version).toEqual(['1.1', 200]);
  });

  test('without TLS nobody is answered but with what is wrong', async () => {
    const answer = await fetch(started.edge.url.replace('https', 'http'));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'malformed_body' });
  });

  test.each(['its own port', 'that of HTTP'])('gRPC on %s', async (which) => {
    const port = which === 'its own port' ? started.grpc : Number(new URL(started.edge.url).port);
    const client = new GrpcClient(services.inference, port, credentials.createSsl(own.cert));
    expect(await irisLabels(client)).toEqual([0]);
    client.close();
  });
});

describeWhere(missing, 'an edge that wants certificates', () => {
  const certificates = new TestCertificates();
  let own: TestCertificate;
  let mine: TestCertificate;
  let started: EdgeCluster;

  beforeAll(async () => {
    [own, mine] = [certificates.make('own'), certificates.make('mine')];
    const files = { TLS_CERT: own.certFile, TLS_KEY: own.keyFile, TLS_CLIENT_CA: mine.certFile };
    started = await startEdgeCluster(files, { models });
  });

  afterAll(() => started.stop());

  afterAll(() => {
    certificates.remove();
  });

  test('lets those in who show one', async () => {
    const session = connect(started.edge.url, { ca: own.cert, cert: mine.cert, key: mine.key });
    const { headers } = await askHttp2(session, '/v2/repository/index', '{}');
    expect(headers[':status']).toBe(200);
    session.close();
    const as = credentials.createSsl(own.cert, mine.key, mine.cert);
    const client = new GrpcClient(services.inference, started.grpc, as);
    expect(await irisLabels(client)).toEqual([0]);
    client.close();
  });

  test.each(['none', 'one of another authority'])('nobody else: %s', async (shown) => {
    const { cert, key } = shown === 'none' ? {} : own;
    const session = connect(started.edge.url, { ca: own.cert, cert, key });
    const { headers, body } = await askHttp2(session, '/v2/repository/index', '{}');
    session.close();
    expect(headers[':status']).toBe(403);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'forbidden' });
    const as = credentials.createSsl(own.cert, key, cert);
    const client = new GrpcClient(services.inference, started.grpc, as);
    const asked = client.ask('ServerLive');
    await expect(asked).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    client.close();
  });
});
