import { ShoalError } from '../core/errors';
import type { VersionEntry } from './catalog';
import { filled, rowForms, seededRandom, usualInput } from './made-up-input';
import { elementCount } from './tensor';
import { valuesToJson } from './tensor-json/tensor-to-json';

/** An example is written in one go, and read by people: so many numbers at the most. */
const mostElements = 1_000_000;

/** The body of an infer call of the Open Inference Protocol. */
export interface ExampleCall {
  readonly body: string;
  /** Whether the model has run on these very tensors when it was tried. */
  readonly ran: boolean;
}

/** Input for one row of the model's version, that on which it ran when it was tried. Throws unrepresentable_output. */
export function exampleCall(
  model: string,
  { version, signature, madeUpBy }: Pick<VersionEntry, 'version' | 'signature' | 'madeUpBy'>,
): ExampleCall {
  const { flavour, seed, freeSize } = madeUpBy ?? usualInput;
  const forms = rowForms(signature, freeSize) ?? [];
  const count = forms.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (!(count <= mostElements)) {
    throw new ShoalError(
      'unrepresentable_output',
      `An example of the input of model '${model}', version ${version}, would have more than ` +
        `${mostElements} elements; make one from the names, datatypes and shapes of its metadata.`,
    );
  }
  const inputs = filled(forms, flavour, seededRandom(seed)).map((tensor) => {
    const { name, datatype, shape } = tensor;
    const data = valuesToJson(tensor, { nonFinite: 'refuse', nested: false });
    return `${JSON.stringify({ name, datatype, shape }).slice(0, -1)},"data":${data}}`;
  });
  return { body: `{"inputs":[${inputs.join(',')}]}`, ran: madeUpBy !== undefined };
}
