import type { BlockList } from 'node:net';
import type { ErrorCode } from '../../core/errors';
import type { Logger } from '../../core/logging';
import type { ExchangeNotes } from '../../protocol/exchange';
import { clientAddress } from './client-address';
import { createSampler, type Sampler } from './sampler';

/** What the access log needs to know of a request that has been answered. */
export interface LoggedRequest {
  readonly requestId: string;
  readonly method: string;
  /** Without the query, which may hold secrets. */
  readonly path: string;
  /** Address of the other end of the connection. */
  readonly peer: string;
  readonly notes: ExchangeNotes;
  header(name: string): string | undefined;
}

export interface AccessLog {
  done(request: LoggedRequest, status: number, ms: number): void;
}

export interface AccessLogSettings {
  readonly ACCESS_LOG: 'all' | 'sampled' | 'off';
  readonly SLOW_REQUEST_MS: number;
  readonly TRUSTED_PROXIES: BlockList;
}

/** Most lines a second for requests that were neither slow nor failed. */
const ordinaryPerSecond = 100;
/** Errors of requests that were too many: they come in floods, and metrics count them all. */
const floods: readonly ErrorCode[] = ['rate_limited', 'overloaded'];
/** Most lines a second for each of these. */
const floodPerSecond = 10;

/**
 * One line per request, or per sampled request: all that failed or were slow, some of a flood, and some
 * others.
 */
export function createAccessLog(settings: AccessLogSettings, logger: Logger): AccessLog {
  if (settings.ACCESS_LOG === 'off') return { done: () => undefined };
  const all = settings.ACCESS_LOG === 'all';
  const sampler = createSampler(ordinaryPerSecond);
  const flooding = new Map<string, Sampler>(
    floods.map((code) => [code, createSampler(floodPerSecond)]),
  );
  const worthALine = (request: LoggedRequest, status: number, ms: number): boolean => {
    if (isHousekeeping(request.path)) return isFault(status);
    const flood = flooding.get(request.notes.errorCode);
    if (flood !== undefined) return flood(performance.now());
    return status >= 400 || ms >= settings.SLOW_REQUEST_MS || sampler(performance.now());
  };
  return {
    done(request, status, ms) {
      if (!all && !worthALine(request, status, ms)) return;
      logger.info(lineOf(request, settings.TRUSTED_PROXIES, { status, ms }), 'request');
    },
  };
}

/** A long poll that its caller has ended is no fault. */
function isFault(status: number): boolean {
  return status >= 400 && status !== 499;
}

/** What the cluster's processes and their probes ask all the time; some of it is held on purpose. */
function isHousekeeping(path: string): boolean {
  return (
    path.startsWith('/cluster/') ||
    path.startsWith('/health/') ||
    path.startsWith('/grpc.health.v1.Health/') ||
    path === '/modelhost/catalog' ||
    path === '/metrics'
  );
}

function lineOf(
  request: LoggedRequest,
  trusted: BlockList,
  outcome: { status: number; ms: number },
): Record<string, unknown> {
  const { notes } = request;
  const line: Record<string, unknown> = {
    id: request.requestId,
    client: clientAddress(request.peer, request.header('x-forwarded-for'), trusted),
    method: request.method,
    path: request.path,
    status: outcome.status,
    ms: rounded(outcome.ms),
  };
  if (notes.errorCode !== '') line['code'] = notes.errorCode;
  if (notes.model !== '') addInference(line, notes);
  return line;
}

function addInference(line: Record<string, unknown>, notes: ExchangeNotes): void {
  line['model'] = notes.model;
  if (notes.version !== '') line['version'] = notes.version;
  if (notes.host !== '') line['host'] = notes.host;
  if ((notes.rows ?? 0) > 0) line['rows'] = notes.rows;
  if ((notes.batchRows ?? 0) > 0) line['batchRows'] = notes.batchRows;
  if (notes.stages === null) return;
  const stages: Record<string, number> = {};
  for (const [stage, us] of Object.entries(notes.stages)) stages[stage] = rounded(us / 1000);
  line['stages'] = stages;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
