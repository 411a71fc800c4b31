import { z } from 'zod';
import { anyValue } from '../../openapi/schema';

const text = z.string();

/** NaN and infinities are bare words; `{"b64": ...}` is a string, and rows may be objects by name. */
type Values = boolean | number | string | readonly Values[] | { readonly [name: string]: Values };
const values: z.ZodType<Values> = z
  .union([
    z.boolean(),
    z.number(),
    z.string(),
    z.array(z.lazy(() => values)),
    z.record(
      text,
      z.lazy(() => values),
    ),
  ])
  .meta({ id: 'ServedValues' });

const signatureName = z.enum(['serving_default', '']).optional();

/** One of `instances` and `inputs`. */
export const predictBody = z
  .object({
    signature_name: signatureName,
    instances: z.array(values).min(1).optional(),
    inputs: values.optional(),
  })
  .meta({ id: 'TfsPredictRequest' });

export const predictAnswer = z
  .strictObject({ predictions: z.array(anyValue).optional(), outputs: anyValue.optional() })
  .meta({ id: 'TfsPredictResponse' });

const byName = z.record(text, values);

export const examplesBody = z
  .object({
    signature_name: signatureName,
    context: byName.optional(),
    examples: z.array(byName).min(1),
  })
  .meta({ id: 'Examples' });

export const classifyAnswer = z
  .strictObject({ results: z.array(z.array(z.array(z.union([text, z.number()])))) })
  .meta({ id: 'ClassifyResponse' });

export const regressAnswer = z
  .strictObject({ results: z.array(z.number()) })
  .meta({ id: 'RegressResponse' });

export const modelNames = z.strictObject({ models: z.array(text) }).meta({ id: 'ModelNames' });

export const modelStatus = z
  .object({
    model_version_status: z.array(
      z.strictObject({
        version: text,
        state: z.enum(['START', 'LOADING', 'AVAILABLE', 'UNLOADING', 'END']),
        status: z.strictObject({ error_code: text, error_message: text }),
      }),
    ),
    name: text,
    ready: z.boolean(),
  })
  .meta({ id: 'ModelStatus' });

const tensorInfo = z.strictObject({
  dtype: text,
  tensor_shape: z.strictObject({
    dim: z.array(z.strictObject({ size: text, name: text })),
    unknown_rank: z.boolean(),
  }),
  name: text,
});

const tensors = z.record(text, tensorInfo);

export const signatureMetadata = z
  .strictObject({
    model_spec: z.strictObject({ name: text, signature_name: text, version: text }),
    metadata: z.strictObject({
      signature_def: z.strictObject({
        signature_def: z.record(
          text,
          z.strictObject({ inputs: tensors, outputs: tensors, method_name: text }),
        ),
      }),
    }),
  })
  .meta({ id: 'SignatureMetadata' });

export const labelName = z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/);
