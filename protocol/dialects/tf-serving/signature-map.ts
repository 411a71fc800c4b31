import type { Catalog } from '../../catalog';
import type { Datatype } from '../../datatype';
import type { Handler } from '../../exchange';
import type { Dimension, TensorSpec } from '../../signature';
import { modelIn } from '../open-inference/routes';
import { signatureName } from './call-body';
import type { ModelRoute } from './routes';

const types: Readonly<Record<Datatype, string>> = {
  BOOL: 'DT_BOOL',
  UINT8: 'DT_UINT8',
  UINT16: 'DT_UINT16',
  UINT32: 'DT_UINT32',
  UINT64: 'DT_UINT64',
  INT8: 'DT_INT8',
  INT16: 'DT_INT16',
  INT32: 'DT_INT32',
  INT64: 'DT_INT64',
  FP16: 'DT_HALF',
  FP32: 'DT_FLOAT',
  FP64: 'DT_DOUBLE',
  BYTES: 'DT_STRING',
};

/**
 * Inputs and outputs in TensorFlow Serving's words, as the model's only signature. Those that no
 * datatype describes are left out; they cannot be asked for.
 */
export function createMetadataHandler(catalog: Catalog, route: ModelRoute): Handler {
  return (exchange) => {
    const name = modelIn(route.segment);
    exchange.notes.model = name;
    exchange.notes.version = route.version;
    const { version, signature } = catalog.resolve(name, route.version);
    const map = {
      [signatureName]: {
        inputs: tensorsOf(signature.inputs),
        outputs: tensorsOf(signature.outputs),
        method_name: 'tensorflow/serving/predict',
      },
    };
    const body = {
      model_spec: { name, signature_name: '', version: String(version) },
      metadata: { signature_def: { signature_def: map } },
    };
    exchange.reply(200, { 'content-type': 'application/json' }, JSON.stringify(body));
  };
}

function tensorsOf(specs: readonly TensorSpec[]): object {
  return Object.fromEntries(
    specs.flatMap(({ name, datatype, shape }) => {
      if (datatype === null) return [];
      const tensor_shape = { dim: (shape ?? []).map(dimension), unknown_rank: shape === null };
      return [[name, { dtype: types[datatype], tensor_shape, name }] as const];
    }),
  );
}

/** Sizes are 64-bit integers and so are texts. */
function dimension(dim: Dimension): { readonly size: string; readonly name: string } {
  if (typeof dim === 'number') return { size: String(dim), name: '' };
  return { size: '-1', name: dim ?? '' };
}
