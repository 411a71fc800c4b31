import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import type { EchoReply } from './echo/reply';
import type { Scenario } from './scenarios';

/**
 * Asks each scenario's request once; what the cluster answers is what echo will answer. Rejects
 * where it is not a result.
 */
export async function sampleAnswers(
  urlOf: (scenario: Scenario) => string,
  scenarios: readonly Scenario[],
): Promise<readonly EchoReply[]> {
  return await Promise.all(
    scenarios.map((scenario) =>
      scenario.form === 'grpc'
        ? sampleMessage(urlOf(scenario), scenario)
        : sampleAnswer(urlOf(scenario), scenario),
    ),
  );
}

/** Where echo answers a scenario; several scenarios share a path at the cluster. */
export function echoPrefix({ name }: Scenario): string {
  return `/${name}`;
}

const kept = ['content-type', 'inference-header-content-length'];

async function sampleAnswer(url: string, scenario: Scenario): Promise<EchoReply> {
  const { name, request, form } = scenario;
  const response = await fetch(url + request.path, {
    method: 'POST',
    headers: request.headers,
    body: new Uint8Array(request.body),
    signal: AbortSignal.timeout(30_000),
  });
  const body = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) {
    const text = new TextDecoder().decode(body);
    throw new Error(`${name}: the cluster answers ${response.status} ${text}`);
  }
  const headers = kept.flatMap((header) => {
    const value = response.headers.get(header);
    return value === null ? [] : [[header, value] as const];
  });
  return {
    path: echoPrefix(scenario) + request.path,
    json: form === 'json',
    headers: Object.fromEntries(headers),
    body,
  };
}

async function sampleMessage(url: string, scenario: Scenario): Promise<EchoReply> {
  const { name, request } = scenario;
  const session = connect(url);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': request.path,
      ...request.headers,
    });
    let status: unknown;
    const noteStatus = (fields: IncomingHttpHeaders): void => {
      status = fields['grpc-status'];
    };
    // A refusal has its status in the head, and no trailers.
    stream.on('response', noteStatus).on('trailers', noteStatus);
    stream.end(request.body);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(stream, 'end', { signal: AbortSignal.timeout(30_000) });
    if (status !== '0') throw new Error(`${name}: the cluster answers status ${String(status)}`);
    const headers = { 'content-type': 'application/grpc' };
    const route = echoPrefix(scenario) + request.path;
    return { path: route, json: false, headers, body: Buffer.concat(chunks) };
  } finally {
    session.close();
  }
}
