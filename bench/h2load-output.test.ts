import { parseH2load } from './h2load-output';

const output = `starting benchmark...
spawning thread #0: 8 total client(s). Timing-based test with 0s of warm-up time and 3s of main duration for measurements.
Main benchmark duration is over for thread #0. Stopping all clients.

finished in 3.34s, 1.00 req/s, 117.37KB/s
requests: 3 total, 5 started, 3 done, 3 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 4 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 352.10KB (360548) total, 3.74KB (3828) headers (space savings 95.04%), 1.17KB (1200) data
`;
const log = ['1795341535807117\t200\t2000', '1795341535807121\t200\t1000', '1\t200\t9000', ''].join(
  '\n',
);

describe('parseH2load', () => {
  it('reads how long it took, and of the log how often and how fast it was answered', () => {
    expect(parseH2load(output, log, 300)).toEqual({
      requests: 3,
      seconds: 3.34,
      p50Ms: 2,
      p99Ms: 9,
      failures: {},
    });
  });

  it('reads a time below a second', () => {
    expect(parseH2load(output.replace('3.34s', '950.00ms'), log, 300).seconds).toBe(0.95);
  });

  it('takes answers that are too short to be results for failures', () => {
    expect(parseH2load(output, log, 400).failures).toEqual({});
    const fewer = output.replace('(1200) data', '(801) data');
    expect(parseH2load(fewer, log, 400).failures).toEqual({ 'answer without a result': 1 });
    const none = output.replace('(1200) data', '(0) data');
    expect(parseH2load(none, log, 400).failures).toEqual({ 'answer without a result': 3 });
  });

  it('keeps the kinds of failures that there were', () => {
    const failed = output.replace('0 failed', '2 failed').replace('0 timeout', '1 timeout');
    expect(parseH2load(failed, log, 300).failures).toEqual({ failed: 2, timeout: 1 });
  });

  it('says what h2load said where lines are missing', () => {
    expect(() => parseH2load('could not connect\n', '', 1)).toThrow(
      'h2load did not report; it said: could not connect',
    );
  });
});
