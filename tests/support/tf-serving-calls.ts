import type { Servable } from '../../protocol/catalog';
import { createTfServingDialect } from '../../protocol/dialects/tf-serving/tf-serving-dialect';
import type { ReadPicture } from '../../protocol/content/read-picture';
import type { Infer, InferRequest } from '../../protocol/infer';
import type { TensorSpec } from '../../protocol/signature';
import type { Tensor } from '../../protocol/tensor';
import { answerOf, type DialectAnswer } from './dialect-answer';
import { fakeCatalog } from './fake-catalog';
import type { FakeCall } from './fake-exchange';
import { servable, spec } from './servables';

function model(
  name: string,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
): Servable {
  return { ...servable(inputs, outputs), model: name, version: 3 };
}

/** Models that answer with their inputs, under the names of their outputs. */
export const echoModels = [
  model('rows', [spec('x', [null, 2])], [spec('y', [null, 2])]),
  model('longs', [spec('x', [null, 2], 'INT64')], [spec('y', [null, 2], 'INT64')]),
  model('texts', [spec('t', [null, 1], 'BYTES')], [spec('t', [null, 1], 'BYTES')]),
  model('raw.v1', [spec('t', [null], 'BYTES')], [spec('t_bytes', [null], 'BYTES')]),
  model(
    'pair',
    [spec('a', [null, 2], 'INT32'), spec('b', [null], 'FP64')],
    [spec('sum', [null, 2], 'INT32'), spec('"b"', [null], 'FP64')],
  ),
  model('flag', [spec('x', [null], 'BOOL')], [spec('y', [null], 'BOOL')]),
  model('half', [spec('x', [null, 2], 'FP16')], [spec('y', [null, 2], 'FP16')]),
  model('one', [spec('x', [1, 2])], [spec('y', [1, 2])]),
  model(
    'rate',
    [spec('x', [null, 2]), spec('rate', [], 'INT64')],
    [spec('y', [null, 2]), spec('rate', [], 'INT64')],
  ),
  model('any', [spec('x', null)], [spec('y', null)]),
  {
    ...model('named', [spec('x', [null, 3])], [spec('y', [null, 3])]),
    classLabels: { y: ['a"', ''] },
  },
  model('deep', [spec('x', [null, 2, 2])], [spec('y', [null, 2])]),
  model('sequence', [spec('s', null, null)], [spec('y', null)]),
] as const;

/** The inputs as outputs. */
export const echo: Infer = (request) => {
  const { inputs, outputs } = echoModels.find((each) => each.model === request.model)!.signature;
  const renamed = outputs.map(({ name }, at) => {
    const tensor = request.inputs.find((input) => input.name === inputs[at]?.name) as Tensor;
    return { ...tensor, name };
  });
  return Promise.resolve({
    model: request.model,
    version: '3',
    outputs: renamed.filter(
      ({ name }) => request.outputs.length === 0 || request.outputs.includes(name),
    ),
    host: 'h-1',
    batchRows: 5,
  });
};

const noPicture: ReadPicture = () => Promise.reject(new Error('no picture'));

export interface TfsAnswer extends DialectAnswer {
  /** What the model was asked. */
  readonly requests: readonly InferRequest[];
}

/** Has the dialect answer a call; the path begins behind `/v1/models/`. */
export async function callTfs(
  path: string,
  body: string,
  more: Partial<FakeCall> & { readonly infer?: Infer; readonly readPicture?: ReadPicture } = {},
): Promise<TfsAnswer> {
  const { infer = echo, readPicture = noPicture, ...rest } = more;
  const requests: InferRequest[] = [];
  const dialect = createTfServingDialect({
    infer: (request, context) => {
      requests.push(request);
      return infer(request, context);
    },
    catalog: fakeCatalog(echoModels),
    clock: () => new Date(0),
    readPicture,
  });
  const answer = await answerOf(dialect, { path: `/v1/models/${path}`, body, ...rest });
  if (answer === undefined) throw new Error(`${path} is not its own`);
  return { ...answer, requests };
}
