import { lookup } from 'node:dns/promises';
import type { FetchText } from './fetch-text';

/** One process that has metrics. */
export interface ClusterProcess {
  readonly role: 'inferrer' | 'modelhost' | 'metrics';
  /** '' for the metrics service. */
  readonly id: string;
  /** host:port, as Prometheus calls it. */
  readonly instance: string;
  /** Base path included, without a closing slash. */
  readonly url: string;
  readonly ready: boolean;
  readonly draining: boolean;
}

/** What `GET /cluster/hosts` of an inferrer answers. */
interface HostsAnswer {
  readonly inferrer: { readonly id: string };
  readonly hosts: readonly {
    readonly id: string;
    readonly url: string;
    readonly ready: boolean;
    readonly draining: boolean;
  }[];
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const resolveAll: Resolve = async (hostname) => {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
};

/**
 * The inferrers behind `inferrerUrl` and all hosts that any of them knows, sorted by instance.
 * An inferrer that does not answer is in the list and not ready. Never rejects.
 */
export async function findProcesses(
  inferrerUrl: string,
  fetchText: FetchText,
  resolve: Resolve = resolveAll,
): Promise<ClusterProcess[]> {
  const urls = await addressesOf(new URL(inferrerUrl), resolve);
  const found = await Promise.all(urls.map((url) => askInferrer(url, fetchText)));
  const byUrl = new Map<string, ClusterProcess>();
  for (const one of found.flat()) {
    const seen = byUrl.get(one.url);
    if (seen === undefined || (one.ready && !seen.ready)) byUrl.set(one.url, one);
  }
  return [...byUrl.values()].sort((a, b) => (a.instance < b.instance ? -1 : 1));
}

async function addressesOf(url: URL, resolve: Resolve): Promise<URL[]> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = await resolve(hostname).catch(() => [hostname]);
  return addresses.map((address) => {
    const one = new URL(url);
    one.hostname = address.includes(':') ? `[${address}]` : address;
    return one;
  });
}

async function askInferrer(url: URL, fetchText: FetchText): Promise<ClusterProcess[]> {
  const base = url.href.replace(/\/$/, '');
  const inferrer = { role: 'inferrer' as const, instance: instanceOf(url), url: base };
  try {
    const text = await fetchText(`${base}/cluster/hosts`);
    const answer = JSON.parse(text) as HostsAnswer;
    const hosts = answer.hosts.map((host) => ({
      role: 'modelhost' as const,
      id: host.id,
      instance: instanceOf(new URL(host.url)),
      url: host.url.replace(/\/$/, ''),
      ready: host.ready,
      draining: host.draining,
    }));
    return [{ ...inferrer, id: answer.inferrer.id, ready: true, draining: false }, ...hosts];
  } catch {
    return [{ ...inferrer, id: '', ready: false, draining: false }];
  }
}

function instanceOf(url: URL): string {
  if (url.port !== '') return url.host;
  return `${url.host}:${url.protocol === 'https:' ? 443 : 80}`;
}
