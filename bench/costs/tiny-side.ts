import type { BenchCluster } from '../cluster';
import { generatorOf } from '../generator';
import { named } from '../plans';
import { servedCluster, servedSide } from '../served-side';
import type { Side } from '../sides';

const connections = 64;

/** Tiny JSON requests over 64 connections, shared out to the addresses. */
export function tinySide(
  name: string,
  cluster: BenchCluster,
  how: { readonly folder: string; readonly urls?: readonly string[] },
): Side {
  const scenario = named('tiny-json');
  const served = servedCluster(name, cluster, how.urls);
  return servedSide(served, scenario, { send: generatorOf(how.folder, scenario), connections });
}
