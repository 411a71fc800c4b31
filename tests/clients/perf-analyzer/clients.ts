import { driverIn, type Check, type Client, type Target, type Way } from '../client';
import { perfAnalyzer, perfAnalyzerCommand } from '../install/perf-analyzer';

const ownMachine: readonly Way[] = ['direct', 'nginx', 'npm start'];

const checks: readonly Check[] = [
  { what: '--concurrency-range' },
  { what: '--request-rate-range' },
  { what: '-b 8' },
  { what: 'a model of strings (simple_string), --string-data' },
  { what: '--shape and --input-data random, for free dimensions' },
  {
    what: "its report has the server's times: queue, compute input, compute infer, compute output",
  },
  { what: '--shared-memory system', ways: ownMachine },
  { what: '--shared-memory system, a model of strings (simple_string)', ways: ownMachine },
];

const overHttp: readonly Check[] = [
  { what: '--input-tensor-format json, --output-tensor-format json' },
  {
    what: '--ssl-https-verify-peer, --ssl-https-verify-host, --ssl-https-ca-certificates-file',
    ways: ['edge'],
  },
];

const overGrpc: readonly Check[] = [
  { what: '--streaming' },
  { what: '--async' },
  { what: '--grpc-compression-algorithm gzip' },
  { what: '--ssl-grpc-use-ssl, --ssl-grpc-root-certifications-file', ways: ['edge'] },
];

type Protocol = 'http' | 'grpc';

const addressOf: Record<Protocol, (target: Target) => string> = {
  http: ({ url }) => new URL(url).host,
  grpc: ({ grpc }) => grpc,
};

function client(protocol: Protocol, variant: string, all: readonly Check[]): Client {
  return {
    tool: perfAnalyzer,
    variant,
    checks: all,
    drive(target) {
      const address = addressOf[protocol](target);
      const told = { protocol, address, command: perfAnalyzerCommand() };
      return driverIn('python3', 'perf-analyzer/driver.py', { target, checks: all, told });
    },
  };
}

export const perfAnalyzers: readonly Client[] = [
  client('http', 'HTTP', [...checks, ...overHttp]),
  client('grpc', 'gRPC', [...checks, ...overGrpc]),
];
