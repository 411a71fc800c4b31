import type { Logger } from '../../core/logging';
import { silentLogger } from '../../core/logging';
import { createAccessLog, type LoggedRequest } from './access-log';
import { parseProxies } from './client-address';
import { emptyNotes } from './notes';
import { createSampler } from './sampler';

const request: LoggedRequest = {
  requestId: 'r-1',
  method: 'POST',
  path: '/v2/models/iris/infer',
  peer: '127.0.0.1',
  notes: {
    ...emptyNotes(),
    model: 'iris',
    version: '2',
    host: 'h-1',
    rows: 3,
    batchRows: 8,
    stages: { decode: 10, queue: 20, transfer: 1500, run: 400, encode: 5 },
  },
  header: (name) => (name === 'x-forwarded-for' ? '198.51.100.7' : undefined),
};

function logged(mode: 'all' | 'sampled' | 'off'): {
  lines: unknown[];
  log: ReturnType<typeof createAccessLog>;
} {
  const lines: unknown[] = [];
  const logger: Logger = silentLogger();
  logger.info = (line: unknown) => lines.push(line);
  const settings = {
    ACCESS_LOG: mode,
    SLOW_REQUEST_MS: 1000,
    TRUSTED_PROXIES: parseProxies('loopback'),
  };
  return { lines, log: createAccessLog(settings, logger) };
}

describe('access log', () => {
  it('has who asked what, what became of it, and the stages in milliseconds', () => {
    const { lines, log } = logged('all');
    log.done(request, 200, 1.23456);
    expect(lines).toEqual([
      {
        id: 'r-1',
        client: '198.51.100.7',
        method: 'POST',
        path: '/v2/models/iris/infer',
        status: 200,
        ms: 1.235,
        model: 'iris',
        version: '2',
        host: 'h-1',
        rows: 3,
        batchRows: 8,
        stages: { decode: 0.01, queue: 0.02, transfer: 1.5, run: 0.4, encode: 0.005 },
      },
    ]);
  });

  it('sampled, has all failed and slow requests and a hundred of the rest', () => {
    const { lines, log } = logged('sampled');
    for (let n = 0; n < 500; n += 1) log.done(request, 200, 1);
    expect(lines.length).toBeGreaterThanOrEqual(100);
    expect(lines.length).toBeLessThanOrEqual(200);
    const before = lines.length;
    const failed = { ...request, notes: { ...request.notes, errorCode: 'no_host' } };
    for (let n = 0; n < 500; n += 1) log.done(failed, 503, 1);
    log.done(request, 200, 1000);
    expect(lines.length - before).toBe(501);
    expect(lines.at(-2)).toMatchObject({ status: 503, code: 'no_host' });
  });

  it.each([
    ['rate_limited', 429],
    ['overloaded', 503],
  ])('sampled, has some of a flood of %s', (errorCode, status) => {
    const { lines, log } = logged('sampled');
    const refused = { ...request, notes: { ...request.notes, errorCode } };
    for (let n = 0; n < 500; n += 1) log.done(refused, status, 1);
    expect(lines.length).toBeGreaterThanOrEqual(10);
    expect(lines.length).toBeLessThanOrEqual(30);
    log.done({ ...refused, notes: { ...request.notes, errorCode: 'host_lost' } }, 503, 1);
    expect(lines.at(-1)).toMatchObject({ code: 'host_lost' });
  });

  it('sampled, does not take heartbeats and long polls for slow', () => {
    const { lines, log } = logged('sampled');
    for (let n = 0; n < 300; n += 1) {
      log.done({ ...request, path: '/cluster/heartbeat' }, 200, 1000);
      log.done({ ...request, path: '/modelhost/catalog', method: 'GET' }, 200, 9000);
    }
    expect(lines.length).toBeLessThanOrEqual(200);
  });

  it('sampled, has probes over HTTP and gRPC only where they fail', () => {
    const { lines, log } = logged('sampled');
    for (const path of ['/health/ready', '/grpc.health.v1.Health/Watch']) {
      const probe = { ...request, path };
      for (let n = 0; n < 10; n += 1) log.done(probe, 200, 60_000);
      expect(lines.splice(0)).toEqual([]);
      log.done(probe, 503, 1);
      expect(lines.splice(0)).toHaveLength(1);
    }
  });

  it('off, has none', () => {
    const { lines, log } = logged('off');
    log.done(request, 500, 1);
    expect(lines).toEqual([]);
  });
});

describe('sampler', () => {
  it('says yes so many times in each second', () => {
    const sample = createSampler(3);
    const at = (ms: number): boolean[] => [1, 2, 3, 4].map(() => sample(ms));
    expect(at(5000)).toEqual([true, true, true, false]);
    expect(at(5999)).toEqual([false, false, false, false]);
    expect(at(6000)).toEqual([true, true, true, false]);
  });
});
