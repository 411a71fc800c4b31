import type { FetchText } from './fetch-text';
import type { ClusterNumbers } from './summary';
import { otherDialects } from './totals';

const seconds = 60;
const use = `role="inferrer",dialect!~"${otherDialects.join('|')}"`;
const requests = `sum(rate(shoal_requests_total{${use}}[${seconds}s]))`;
const errors = `sum(rate(shoal_requests_total{${use},code=~"5.."}[${seconds}s]))`;
const rows = (part: string): string =>
  `sum(rate(shoal_batch_rows_${part}{role="inferrer"}[${seconds}s]))`;
const latency = (q: number): string =>
  `histogram_quantile(${q},sum by(le)(rate(shoal_request_duration_seconds_bucket{${use}}[${seconds}s])))`;

/** One number by PromQL, null for none. Rejects if Prometheus does not answer. */
async function ask(url: string, query: string, fetchText: FetchText): Promise<number | null> {
  const text = await fetchText(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const answer = JSON.parse(text) as { data: { result: { value: [number, string] }[] } };
  const value = Number(answer.data.result[0]?.value[1] ?? 'NaN');
  return Number.isFinite(value) ? value : null;
}

/** The cluster's numbers of the last minute by Prometheus' HTTP API. */
export async function askPrometheus(url: string, fetchText: FetchText): Promise<ClusterNumbers> {
  const base = url.replace(/\/$/, '');
  const queries = [
    requests,
    `(${errors} or vector(0)) / (${requests} > 0)`,
    latency(0.5),
    latency(0.9),
    latency(0.99),
    `${rows('sum')} / (${rows('count')} > 0)`,
    'max(shoal_models_loaded{role="modelhost"})',
  ];
  const values = await Promise.all(queries.map((query) => ask(base, query, fetchText)));
  const [rate = null, share = null, p50 = null, p90 = null, p99 = null, mean = null] = values;
  return {
    window_seconds: seconds,
    requests_per_second: rate,
    error_share: share,
    latency_seconds: { p50, p90, p99 },
    batch_rows_mean: mean,
    models_loaded: values[6] ?? 0,
  };
}
