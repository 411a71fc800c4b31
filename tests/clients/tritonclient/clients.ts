import { pythonDriver, type Check, type Client } from '../client';
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
  { what: 'get_inference_statistics: counts what was asked, over all modelhosts' },
  { what: 'get_trace_settings, update_trace_settings: of all and of one model, and back' },
  { what: 'get_log_settings, update_log_settings' },
  {
    what: 'shared memory: register, inputs and outputs in it, status, unregister',
    ways: ['direct', 'nginx', 'npm start'],
  },
  {
    what: 'CUDA shared memory: register is refused, status is empty, unregister does nothing',
    ways: ['direct', 'nginx', 'npm start'],
    not: 'models run on processors',
  },
  {
    what: 'shared memory and CUDA shared memory: every call is refused',
    ways: ['edge'],
    not: 'it is for programs on the machine of the server, that ask it directly',
  },
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
  client('http', 'HTTP', [...server, ...inference, ...management, ...overHttp, ...asyncInfer]),
  client('http.aio', 'HTTP, asyncio', [...server, ...inference, ...management, ...overHttp]),
];
