import path from 'node:path';
import type { BenchCluster } from '../cluster';
import { named } from '../plans';
import { servedSide } from '../served-side';
import type { Side } from '../sides';
import { writeScript } from '../wrk';

const connections = 64;

/** Tiny JSON requests over 64 connections, shared out to the addresses. */
export function tinySide(
  name: string,
  cluster: BenchCluster,
  how: { readonly folder: string; readonly urls?: readonly string[] },
): Side {
  const scenario = named('tiny-json');
  const urls = how.urls ?? [cluster.url];
  const served = {
    name,
    urls: () => urls,
    processes: () => cluster.processes(),
    batchesAt: cluster.inferrers,
  };
  const script = writeScript(path.join(how.folder, scenario.name), scenario.request);
  return servedSide(served, scenario, { script, connections });
}
