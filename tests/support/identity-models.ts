import type { Servable } from '../../protocol/catalog';
import type { Dialect } from '../../protocol/exchange';
import type {
  InferContext,
  InferRequest,
  InferResponse,
  ResolvedRequest,
} from '../../protocol/infer';
import type { Tensor } from '../../protocol/tensor';
import {
  createOpenInferenceDialect,
  type OpenInferenceOptions,
} from '../../protocol/dialects/open-inference/open-inference-dialect';
import { checked } from '../../serving/checked';
import { withClasses } from '../../serving/classified';
import { resolved } from '../../serving/resolved';
import { answerOf, type DialectAnswer } from './dialect-answer';
import { fakeCatalog } from './fake-catalog';
import type { FakeCall } from './fake-exchange';
import { servable, spec } from './servables';

function model(name: string, of: Servable, version = 1): Servable {
  return { ...of, model: name, version };
}

const identities = (
  ['BOOL', 'UINT8', 'INT32', 'INT64', 'UINT64', 'FP16', 'FP32', 'FP64', 'BYTES'] as const
).map((datatype) =>
  model(datatype, servable([spec('X', [null], datatype)], [spec('Y', [null], datatype)])),
);

export const servables: readonly Servable[] = [
  ...identities,
  model(
    'tiny',
    servable(
      [spec('INPUT0', ['batch', 2]), spec('INPUT1', ['batch', 2])],
      [spec('OUTPUT0', ['batch', 2]), spec('OUTPUT1', ['batch', 2])],
    ),
  ),
  model(
    'mixed',
    servable(
      [spec('X', [null, 2]), spec('S', [null], 'BYTES')],
      [spec('Y', [null, 2]), spec('T', [null], 'BYTES')],
      { allowed: false },
    ),
  ),
  model('free', servable([spec('X', null)], [spec('Y', null), spec('Z', [null], null)])),
  model('frames', servable([spec('X', [null, 3, null])], [spec('Y', [null, 3, null])])),
  model('frames', servable([spec('X', [null, 3, null])], [spec('Y', [null, 3, null])]), 2),
];

/** Answers the inputs under the names of the outputs. */
function identity(request: ResolvedRequest, context: InferContext): Promise<InferResponse> {
  context.stages.run = 7;
  const outputs = request.servable.signature.outputs.flatMap((output, at): Tensor[] => {
    const tensor = request.inputs[at];
    return tensor === undefined ? [] : [{ ...tensor, name: output.name }];
  });
  const wanted = request.outputs.map((name) => outputs.find((output) => output.name === name)!);
  return Promise.resolve({
    model: request.servable.model,
    version: String(request.servable.version),
    outputs: wanted.length > 0 ? wanted : outputs,
    host: 'host-1',
    batchRows: 5,
  });
}

export interface Seen {
  readonly request: InferRequest;
  readonly context: InferContext;
}

export function dialectWith(options: Partial<OpenInferenceOptions> = {}): {
  dialect: Dialect;
  seen: Seen[];
} {
  const seen: Seen[] = [];
  const catalog = fakeCatalog(servables);
  const chain = resolved(catalog, checked(withClasses(identity)));
  const dialect = createOpenInferenceDialect({
    infer: (request, context) => {
      seen.push({ request, context });
      return chain(request, context);
    },
    catalog,
    serverName: 'shoal',
    serverVersion: '0.1.0',
    ready: () => true,
    now: () => 1000,
    ...options,
  });
  return { dialect, seen };
}

export async function ask(
  call: FakeCall,
  options?: Partial<OpenInferenceOptions>,
): Promise<DialectAnswer> {
  const answer = await answerOf(dialectWith(options).dialect, call);
  if (answer === undefined) throw new Error(`${call.path} is no route of the dialect`);
  return answer;
}

export function infer(
  name: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<DialectAnswer> {
  return ask({ method: 'POST', path: `/v2/models/${name}/infer`, body, headers });
}

export function errorOf(answer: DialectAnswer): string {
  return (JSON.parse(answer.text) as { error: string }).error;
}

export function oneInput(datatype: string, shape: string, data: string, more = ''): string {
  return `{"inputs":[{"name":"X","datatype":"${datatype}","shape":${shape},"data":${data}}]${more}}`;
}

export const tiny =
  '{"inputs":[{"name":"INPUT0","shape":[1,2],"datatype":"FP32","data":[1,2.5]},' +
  '{"name":"INPUT1","shape":[1,2],"datatype":"FP32","data":[[3,0.1]]}]';

/** The protocol reference's binary request: 233 bytes of JSON, then 8 and 14 bytes of tensors. */
export const header =
  '{"inputs":[{"name":"X","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}},' +
  '{"name":"S","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":14}}],' +
  '"outputs":[{"name":"Y","parameters":{"binary_data":true}}]}';
export const blobX = Buffer.from('0000c03f000000c0', 'hex');
export const blobS = Buffer.from('0600000068c3a96c6c6f00000000', 'hex');

export function binary(json: string, ...blobs: Buffer[]): [Buffer, Record<string, string>] {
  const length = String(Buffer.byteLength(json));
  return [
    Buffer.concat([Buffer.from(json), ...blobs]),
    { 'inference-header-content-length': length },
  ];
}
