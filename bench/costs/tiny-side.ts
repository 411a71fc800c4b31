import path from 'node:path';
import type { BenchCluster } from '../cluster';
import { named } from '../plans';
import { servedCluster, servedSide } from '../served-side';
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
  const served = servedCluster(name, cluster, how.urls);
  const script = writeScript(path.join(how.folder, scenario.name), scenario.request);
  return servedSide(served, scenario, { script, connections });
}
