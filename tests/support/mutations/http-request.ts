import { gzipSync } from 'node:zlib';
import { writeNpy } from '../../../protocol/content/npy';
import type { Tensor } from '../../../protocol/tensor';
import { addSubCall } from '../add-sub-call';
import { pick, type Dice } from '../faults/dice';
import { binaryRequest } from '../oip-calls';
import { encodeElements, tensorOf } from '../shared-cases';
import type { HttpAnswer } from './http-connection';

/** A request in the parts that are changed one by one. Its Content-Length is written, not listed. */
export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** A request that is right, and how its answer is known to be. */
export interface ValidRequest extends HttpRequest {
  readonly name: string;
  /** What is wrong with the answer; undefined for nothing. */
  wrong(answer: HttpAnswer): string | undefined;
}

/** The bytes of a request; `length` is what its Content-Length says. */
export function bytesOf(request: HttpRequest, length = request.body.length): Buffer {
  const { method, target, headers, body } = request;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${length}`,
    '\r\n',
  ];
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]);
}

const call = addSubCall(3);
const addSub = Buffer.from(JSON.stringify(call.body));

function sum(answer: HttpAnswer): string | undefined {
  return call.wrong({ status: answer.status, text: answer.body.toString() } as never);
}

/** Right where the answer is 200 and holds this text. */
function holds(text: string): (answer: HttpAnswer) => string | undefined {
  return ({ status, body }) =>
    status === 200 && body.includes(text) ? undefined : `${status} ${body.toString('latin1')}`;
}

function post(target: string, body: Buffer | string, type = 'application/json'): HttpRequest {
  return {
    method: 'POST',
    target,
    headers: [['Content-Type', type]],
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

function binary(model: string, inputs: readonly Tensor[]): HttpRequest {
  const { body, headers } = binaryRequest({ inputs });
  return { ...post(`/v2/models/${model}/infer`, body), headers: Object.entries(headers) };
}

const numbers = Array.from({ length: 16 }, (_, index) => index);
const words: Tensor = {
  name: 'word',
  datatype: 'BYTES',
  shape: [2],
  data: encodeElements('BYTES', ['good', 'zebra']),
};
const pair = ['INPUT0', 'INPUT1'].map((name) => tensorOf(name, 'INT32', [1, 16], numbers));

/** Right where the answer is an error of this code. */
function refuses(code: string): (answer: HttpAnswer) => string | undefined {
  return ({ status, body }) =>
    body.includes(`"code":"${code}"`) ? undefined : `${status} ${body.toString('latin1')}`;
}

const flowers = tensorOf('features', 'FP32', [2, 4], [5.1, 3.5, 1.4, 0.2, 6.3, 3.3, 6, 2.5]);
const npy = Buffer.concat(writeNpy(flowers));
const none = '{"key":"/shoal-no-such-object","offset":0,"byte_size":16}';

/** What invokes an endpoint with this type. */
function invocation(body: Buffer | string, type: string): HttpRequest {
  return post('/endpoints/iris/invocations', body, type);
}

/** Requests of other dialects, and of what clients may do beside inference. */
const otherRequests: readonly ValidRequest[] = [
  {
    name: 'instances',
    ...post('/v1/models/iris:predict', '{"instances":[[5.1,3.5,1.4,0.2]]}'),
    wrong: holds('{"predictions":[{"label":0'),
  },
  {
    name: 'columns',
    ...post('/v1/models/iris/versions/1:predict', '{"inputs":{"features":[[6.3,3.3,6,2.5]]}}'),
    wrong: holds('"label":[2]'),
  },
  {
    name: 'csv',
    ...invocation('5.1,3.5,1.4,0.2\n6.3,3.3,6,2.5\n', 'text/csv'),
    wrong: holds('"label":2'),
  },
  { name: 'npy', ...invocation(npy, 'application/x-npy'), wrong: holds('"label":2') },
  {
    name: 'list',
    ...invocation('[[5.1,3.5,1.4,0.2]]', 'application/json'),
    wrong: holds('"label":0'),
  },
  {
    name: 'index',
    ...post('/v2/repository/index', '{"ready":true}'),
    wrong: holds('"state":"READY"'),
  },
  {
    name: 'region',
    ...post('/v2/systemsharedmemory/region/m/register', none),
    wrong: refuses('invalid_request'),
  },
  {
    name: 'regions',
    ...post('/v2/systemsharedmemory/status', ''),
    method: 'GET',
    wrong: holds('['),
  },
];

/** Requests that every host has to follow before they are answered. */
const managing: readonly ValidRequest[] = [
  {
    name: 'default',
    ...post('/api/v1/models/iris/default', '{"default":1}'),
    wrong: holds('"version":1'),
  },
  {
    name: 'load',
    ...post('/v2/repository/models/absent/load', '{"parameters":{}}'),
    wrong: refuses('unknown_model'),
  },
];

/** Requests of each kind that an inferrer with the example models answers. */
const validRequests: readonly ValidRequest[] = [
  { name: 'json', ...post('/v2/models/add-sub/infer', addSub), wrong: sum },
  {
    name: 'gzip',
    ...post('/v2/models/add-sub/infer', gzipSync(addSub)),
    headers: [['Content-Encoding', 'gzip']],
    wrong: sum,
  },
  { name: 'binary', ...binary('add-sub', pair), wrong: holds('"binary_data_size":64') },
  { name: 'strings', ...binary('words', [words]), wrong: holds('"binary_data_size":8') },
  {
    name: 'prediction',
    ...post('/api/v1/models/iris/prediction', '{"values":[[5.1,3.5,1.4,0.2]],"id":"a"}'),
    wrong: holds('"values":[0]'),
  },
  {
    name: 'parameters',
    ...post(
      '/v2/models/iris/versions/1/infer?x=1',
      '{"id":"7","parameters":{"timeout":60000000,"priority":2,"note":"x"},"inputs":[{"name":' +
        '"features","datatype":"FP32","shape":[1,4],"data":[6.3,3.3,6,2.5]}],"outputs":[{"name":"label"}]}',
    ),
    wrong: holds('"id":"7"'),
  },
  { name: 'metadata', ...post('/v2/models/iris', ''), method: 'GET', wrong: holds('"platform"') },
  ...otherRequests,
];

/** One of them; few of those that take long. */
export function validRequest(dice: Dice): ValidRequest {
  return pick(dice, dice() < 0.03 ? managing : validRequests);
}
