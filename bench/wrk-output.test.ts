import { parseWrk } from './wrk-output';

const output = `Running 2s test @ http://127.0.0.1:8000/v2
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.55ms    2.10ms  74.90ms   97.10%
  8104 requests in 2.00s, 2.31MB read
Requests/sec:   4051.12
shoal-bench {"requests":8104,"duration":2000500,"p50":1550,"p99":74900,"failures":{"status":0,"connect":0,"read":0,"write":0,"timeout":0}}
`;

describe('parseWrk', () => {
  it('reads the line that the script writes, whatever wrk says around it', () => {
    expect(parseWrk(output)).toEqual({
      requests: 8104,
      seconds: 2.0005,
      p50Ms: 1.55,
      p99Ms: 74.9,
      failures: {},
    });
  });

  it('keeps the kinds of failures that there were', () => {
    const failed = output.replace('"status":0', '"status":3').replace('"read":0', '"read":1');
    expect(parseWrk(failed).failures).toEqual({ status: 3, read: 1 });
  });

  it('says what wrk said where the line is missing', () => {
    expect(() => parseWrk('unable to connect to 127.0.0.1:1\n')).toThrow(
      'wrk did not report; it said: unable to connect to 127.0.0.1:1',
    );
  });
});
