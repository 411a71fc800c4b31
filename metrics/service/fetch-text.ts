/** Gets texts from the cluster's processes; rejects with an Error that says why there is none. */
export type FetchText = (
  url: string,
  headers?: Readonly<Record<string, string>>,
) => Promise<string>;

export interface FetchLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** Shows the cluster's secret, where there is one, to every process it asks. */
export function createFetchText(limits: FetchLimits, clusterSecret: string): FetchText {
  const secret: Record<string, string> =
    clusterSecret === '' ? {} : { 'shoal-cluster-secret': clusterSecret };
  return async (url, headers = {}) => {
    const response = await fetch(url, {
      headers: { ...secret, ...headers },
      redirect: 'error',
      signal: AbortSignal.timeout(limits.timeoutMs),
    });
    const text = await readText(response, limits.maxBytes);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return text;
  };
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop by an error ends the transfer.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`${response.url} sent more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
