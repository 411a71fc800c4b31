import { driverIn, type Check, type Client } from '../client';
import { perfAnalyzer, perfAnalyzerCommand } from '../install/perf-analyzer';

const checks: readonly Check[] = [
  { what: '--concurrency-range' },
  { what: '--request-rate-range' },
  { what: '-b 8' },
  { what: 'a model of strings (simple_string), --string-data' },
  { what: '--shape and --input-data random, for free dimensions' },
  {
    what: "its report has the server's times: queue, compute input, compute infer, compute output",
  },
  { what: 'windows by time (--measurement-interval)' },
];

const overHttp: readonly Check[] = [
  { what: '--input-tensor-format json, --output-tensor-format json' },
];

function client(protocol: string, variant: string, all: readonly Check[]): Client {
  return {
    tool: perfAnalyzer,
    variant,
    checks: all,
    drive(target) {
      const { host: address } = new URL(target.url);
      const told = { protocol, address, command: perfAnalyzerCommand() };
      return driverIn('python3', 'perf-analyzer/driver.py', { target, checks: all, told });
    },
  };
}

export const perfAnalyzers: readonly Client[] = [client('http', 'HTTP', [...checks, ...overHttp])];
