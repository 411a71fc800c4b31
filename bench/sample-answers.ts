import type { EchoReply } from './echo/reply';
import type { Scenario } from './scenarios';

/**
 * Asks each scenario's request once; what the cluster answers is what echo will answer. Rejects
 * where it is not a result.
 */
export async function sampleAnswers(
  url: string,
  scenarios: readonly Scenario[],
): Promise<readonly EchoReply[]> {
  return await Promise.all(scenarios.map((scenario) => sampleAnswer(url, scenario)));
}

/** Where echo answers a scenario; several scenarios share a path at the cluster. */
export function echoPrefix({ name }: Scenario): string {
  return `/${name}`;
}

const kept = ['content-type', 'inference-header-content-length'];

async function sampleAnswer(url: string, scenario: Scenario): Promise<EchoReply> {
  const { name, request, json } = scenario;
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
    json,
    headers: Object.fromEntries(headers),
    body,
  };
}
