import { pythonDriver, type Check, type Client, type Way } from '../client';
import { tritonclient } from '../install/tools';

type Transport = 'http' | 'http.aio' | 'grpc' | 'grpc.aio';

const server: readonly Check[] = [
  { what: 'is_server_live, is_server_ready, is_model_ready' },
  { what: 'get_server_metadata' },
  { what: 'get_model_metadata: the tensors of the model, with and without a version' },
  { what: 'register_plugin, plugin, unregister_plugin: it sees every call' },
  { what: 'close' },
];

const inference: readonly Check[] = [
  { what: 'infer: every datatype, equal to the runtime' },
  { what: 'infer: a dimension of 0' },
  { what: 'infer: numbers as text (simple_string)' },
  {
    what: 'infer: texts with a NUL, and bytes that are no UTF-8',
    not: 'the runtime cuts and replaces them in silence, so they are refused',
  },
  { what: 'infer: only the outputs that are asked for, in that order' },
  { what: 'infer: request_id comes back, and the version that answered' },
  { what: 'infer: headers' },
  { what: "infer: priority, timeout and parameters of the caller's own" },
  { what: 'infer: a sequence, by number and by text' },
  { what: 'infer: 400 requests, 16 at once, each with its own answer' },
  { what: 'infer: real models (iris, digits, words), equal to the runtime' },
  { what: 'infer: class_count answers the greatest values with their index' },
  { what: 'infer: an unknown model, version, input, shape and datatype are told apart' },
];

const management: readonly Check[] = [
  { what: 'get_model_config: batch size and tensors, as the configuration says' },
  { what: 'get_model_repository_index: every version and its state' },
  { what: 'unload_model, load_model: not ready, refused, ready again' },
  { what: "load_model: a configuration of the caller's own, also after it is loaded without" },
  {
    what: 'unload_model brings the configuration of the repository back',
    not: 'what a load brings is a version like any other, the default until it is changed',
  },
  { what: "load_model: files of the caller's own" },
  { what: 'get_inference_statistics: counts what was asked, over all modelhosts' },
  { what: 'get_trace_settings, update_trace_settings: of all and of one model, and back' },
  { what: 'get_log_settings, update_log_settings' },
];

const ownMachine: readonly Way[] = ['direct', 'nginx', 'npm start'];

const notDirect = 'it is for programs on the machine of the server, that ask it directly';

const sharedMemory: readonly Check[] = [
  {
    what: 'shared memory: register, inputs and outputs in it, status, unregister',
    ways: ownMachine,
  },
  { what: 'shared memory: numbers as text (simple_string), in and out', ways: ownMachine },
  { what: 'shared memory: every call is refused', ways: ['edge'], not: notDirect },
];

const cuda: Check = {
  what: 'CUDA shared memory: register is refused, status is empty, unregister does nothing',
  not: 'models run on processors',
};

const cudaOverHttp: readonly Check[] = [
  { ...cuda, ways: ownMachine },
  { what: 'CUDA shared memory: every call is refused', ways: ['edge'], not: notDirect },
];

const overHttp: readonly Check[] = [
  { what: 'infer: every datatype as JSON (FP16 has none in this client), equal to the runtime' },
  { what: 'infer: INT64 and UINT64 beyond 2^53 as JSON' },
  { what: 'infer: JSON in and binary out, and the other way round' },
  { what: 'infer: gzip and deflate, of requests, of answers, of both' },
  { what: 'infer: query parameters' },
  { what: 'infer: errors have their HTTP status' },
  { what: "generate_request_body and parse_response_body, with a request of one's own" },
];

const asyncInfer: readonly Check[] = [
  { what: 'async_infer: 64 under way at once, each with its own answer' },
];

const overGrpc: readonly Check[] = [
  { what: 'infer: gzip and deflate' },
  { what: 'infer: a tensor of 20 MB, both ways' },
  { what: 'infer: client_timeout ends the call, the next one is answered' },
  { what: 'infer: errors have their gRPC status' },
  { what: 'every call: headers and client_timeout' },
  { what: 'every answer as a message (as_json=False)' },
  { what: 'keepalive_options, channel_args: pings while a call takes its time' },
  { what: 'stream: 200 requests, answered in their order' },
  { what: 'stream: a request that fails is answered, and the stream goes on' },
  { what: 'stream: two sequences with start and end, by number and by text' },
  { what: 'stream: with triton_grpc_error it ends with the status of the failure' },
  { what: 'stream: stream_timeout ends it' },
  { what: 'stream: cancelled while requests are under way' },
];

const blockingGrpc: readonly Check[] = [
  { what: 'the program of README.md' },
  { what: 'async_infer: cancelled calls leave the queue of the server' },
  { what: 'stream: enable_empty_final_response, the only answer is the final one' },
];

const tasks: readonly Check[] = [{ what: 'infer: cancelled tasks leave the queue of the server' }];

const tokens: Check = {
  what: 'headers: a token is wanted, and one that may change models for load and unload',
  ways: ['guarded'],
};

const certificates: readonly Check[] = [
  { what: 'ssl: root_certificates, private_key, certificate_chain', ways: ['guarded'] },
  { what: 'creds: credentials of grpc', ways: ['guarded'] },
];

const overTls: Check = {
  what: 'ssl: through an edge with TLS, whose certificate is checked',
  ways: ['edge'],
};

const everyMethod: Check = {
  what: 'every public method that the client has works, or is refused as said above',
};

const overHttpAll = [
  tokens,
  overTls,
  ...server,
  ...inference,
  ...management,
  ...sharedMemory,
  ...cudaOverHttp,
  ...overHttp,
];
const overGrpcAll = [
  tokens,
  ...certificates,
  overTls,
  ...server,
  ...inference,
  ...management,
  ...sharedMemory,
  cuda,
  ...overGrpc,
];

function client(transport: Transport, variant: string, checks: readonly Check[]): Client {
  return {
    tool: tritonclient,
    variant,
    checks,
    drive: (target) =>
      pythonDriver(tritonclient, 'tritonclient/driver.py', { target, checks, told: { transport } }),
  };
}

export const tritonclients: readonly Client[] = [
  client('http', 'HTTP', [...overHttpAll, ...asyncInfer, everyMethod]),
  client('http.aio', 'HTTP, asyncio', [...overHttpAll, ...tasks, everyMethod]),
  client('grpc', 'gRPC', [...overGrpcAll, ...asyncInfer, ...blockingGrpc, everyMethod]),
  client('grpc.aio', 'gRPC, asyncio', [...overGrpcAll, ...tasks, everyMethod]),
];
