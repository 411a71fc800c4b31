import { driverIn, type Check, type Client } from '../client';
import { goProgramOf } from '../install/go-tool';
import type { Tool } from '../install/tool';
import { ghz, grpcurl } from '../install/tools';

const grpcurlChecks: readonly Check[] = [
  { what: 'list, describe: the services by reflection' },
  { what: 'grpc.health.v1.Health/Check' },
  { what: 'ServerLive, ServerReady, ModelReady, ServerMetadata, ModelMetadata, ModelConfig' },
  { what: 'ModelInfer: typed and raw tensors' },
  { what: 'ModelInfer: errors have their gRPC status' },
  { what: 'ModelStreamInfer: two requests, two answers' },
  { what: 'tensorflow.serving.PredictionService/Predict, by reflection and with -proto' },
  { what: '-cacert: through an edge with TLS, whose certificate is checked', ways: ['edge'] },
];

const ghzChecks: readonly Check[] = [
  { what: '300 ModelInfer, 8 at once, over 4 connections' },
  { what: 'ModelStreamInfer' },
];

function client(tool: Tool, checks: readonly Check[]): Client {
  const told = { program: goProgramOf(tool) };
  return {
    tool,
    checks,
    drive: (target) => driverIn('python3', `grpc-tools/${tool.name}.py`, { target, checks, told }),
  };
}

export const grpcTools: readonly Client[] = [
  client(grpcurl, grpcurlChecks),
  client(ghz, ghzChecks),
];
