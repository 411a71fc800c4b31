import { ShoalError } from '../../../core/errors';
import { checkSignatureName, signatureName } from '../../dialects/tf-serving/call-body';
import { noteAnswer } from '../../dialects/note-answer';
import { servableFor } from '../../dialects/servable-for';
import { parseModelName, parseModelReference, type ModelReference } from '../../model-name';
import type { UnaryMethod } from '../call';
import { PredictionService, type ModelSpec } from '../generated/tf-serving_pb';
import { readTensor } from '../tf-serving/read-tensor';
import { writeTensor } from '../tf-serving/write-tensor';
import { contextOf, noteEncoding, tellAnswer } from './asked-call';
import type { InferParts } from './infer-method';
import { typedMethod } from './typed-method';

const noParameters = new Map<string, never>();

/** TensorFlow Serving's Predict: the counterpart of `:predict`, its inputs by name. */
export function predictMethod({ infer, catalog }: InferParts): UnaryMethod {
  const route = { method: 'POST', path: '/v1/models/m:predict' } as const;
  return typedMethod(PredictionService.method.predict, route, async (request, call) => {
    const decoding = performance.now();
    const spec = referenceOf(request.modelSpec);
    const inputs = Object.entries(request.inputs).map(([name, proto]) => readTensor(name, proto));
    const asked = { ...spec, inputs, timeoutUs: 0, priority: 0 };
    const context = contextOf(call, asked, decoding);
    checkSignatureName(
      request.modelSpec?.signatureName,
      await servableFor(catalog, spec, () => context.deadline),
    );
    const { outputFilter: outputs } = request;
    const response = await infer(
      { ...spec, id: '', inputs, outputs, parameters: noParameters },
      context,
    );
    noteAnswer(call.notes, response);
    tellAnswer(call, response);
    const encoding = performance.now();
    const answers = response.outputs.map((tensor) => [tensor.name, writeTensor(tensor)] as const);
    noteEncoding(call, encoding);
    return {
      outputs: Object.fromEntries(answers),
      modelSpec: {
        name: response.model,
        versionChoice: { case: 'version' as const, value: { value: BigInt(response.version) } },
        signatureName,
      },
    };
  });
}

/** Throws invalid_request, invalid_name. */
function referenceOf(spec: ModelSpec | undefined): ModelReference {
  const { name = '', versionChoice } = spec ?? {};
  if (name === '') {
    throw new ShoalError('invalid_request', 'model_spec: wanted the name of a model, got none');
  }
  const model = parseModelName(name);
  switch (versionChoice?.case) {
    case 'version':
      return { model, version: String(versionChoice.value.value) };
    case 'versionLabel':
      return parseModelReference(`${model}:${versionChoice.value}`);
    case undefined:
      return { model, version: '' };
  }
}
