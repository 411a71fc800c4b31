import { pythonDriver, type Check, type Client } from '../client';
import { kserve } from '../install/tools';

const v2: readonly Check[] = [
  { what: 'is_server_live, is_server_ready, is_model_ready' },
  { what: 'infer: JSON and binary' },
  { what: 'infer: a request that is a dict' },
  { what: 'infer: datatypes, binary and JSON' },
  { what: "infer: an unknown model is an HTTPStatusError with the server's message" },
];

const v1: readonly Check[] = [
  { what: 'is_server_live, is_model_ready' },
  { what: 'infer: instances of one input, and of several by name' },
  { what: "infer: an unknown model is an HTTPStatusError with the server's message" },
  { what: 'explain is refused', not: 'explanations need an explainer beside the model' },
];

const grpc: readonly Check[] = [
  { what: 'is_server_live, is_server_ready, is_model_ready' },
  { what: 'infer: typed and raw tensors' },
  { what: 'infer: datatypes, typed and raw' },
  { what: 'infer: 64 at once, each with its own answer' },
  { what: 'infer: an unknown model is NOT_FOUND, a wrong input INVALID_ARGUMENT' },
  { what: 'infer: timeout ends the call' },
];

function client(protocol: string, variant: string, checks: readonly Check[]): Client {
  return {
    tool: kserve,
    variant,
    checks,
    drive: (target) =>
      pythonDriver(kserve, 'kserve/driver.py', { target, checks, told: { protocol } }),
  };
}

export const kserveClients: readonly Client[] = [
  client('v1', 'InferenceRESTClient, v1', v1),
  client('v2', 'InferenceRESTClient, v2', v2),
  client('grpc', 'InferenceGRPCClient', grpc),
];
