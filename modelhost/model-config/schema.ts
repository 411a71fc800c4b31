import { z } from 'zod';
import { datatypes } from '../../protocol/datatype';
import { parseRate, rateForm } from '../../protocol/rate';

/** Whole numbers; protobuf's JSON form writes 64-bit ones as strings. */
function whole(min: number, max: number) {
  const wanted = `wanted a whole number from ${min} to ${max}`;
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
    z.int({ error: wanted }).min(min, { error: wanted }).max(max, { error: wanted }),
  );
}

function words<const Word extends string>(...list: [Word, ...Word[]]) {
  return z.enum(list, { error: `wanted ${list.map((word) => `"${word}"`).join(' or ')}` });
}

const text = z.string({ error: 'wanted a text' });

const finite = z.number({ error: 'wanted a number' });

const dims = z.array(whole(-1, 2 ** 31 - 1), { error: 'wanted a list of sizes, -1 for free' });

const tensor = z.strictObject(
  {
    name: text.min(1, { error: 'wanted a name' }),
    data_type: words(
      'TYPE_BOOL',
      'TYPE_UINT8',
      'TYPE_UINT16',
      'TYPE_UINT32',
      'TYPE_UINT64',
      'TYPE_INT8',
      'TYPE_INT16',
      'TYPE_INT32',
      'TYPE_INT64',
      'TYPE_FP16',
      'TYPE_FP32',
      'TYPE_FP64',
      'TYPE_STRING',
    ).optional(),
    dims: dims.optional(),
    reshape: z.strictObject({ shape: dims.optional() }).optional(),
  },
  { error: 'wanted an object' },
);

/** A file name without folders, so that a model cannot reach out of its version's directory. */
const fileName = text.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, {
  error: 'wanted a plain file name',
});

/** Where the configuration is what a server has told, an empty name says that there is none. */
const noFileOrName = z.preprocess(
  (value) => (value === '' ? undefined : value),
  fileName.optional(),
);

const outputTensor = tensor.extend({ label_filename: noFileOrName.optional() });

const perChannel = z.preprocess(
  (value) => (typeof value === 'number' ? [value] : value),
  z.array(finite, { error: 'wanted a number, or a list of one number per channel' }).min(1).max(3),
);

const image = z.strictObject(
  {
    layout: words('HWC', 'CHW'),
    height: whole(1, 16_384),
    width: whole(1, 16_384),
    channels: z.literal([1, 3], { error: 'wanted 1 or 3' }).optional(),
    scale: finite.optional(),
    mean: perChannel.optional(),
    std: perChannel.optional(),
    order: words('RGB', 'BGR').optional(),
  },
  { error: 'wanted an object' },
);

const defaultOutput = z.strictObject(
  {
    name: text.min(1, { error: 'wanted a name' }),
    datatype: words(...datatypes),
    shape: z.array(whole(0, 2 ** 31 - 1), { error: 'wanted a list of sizes' }),
    data: z.array(z.union([finite, text, z.boolean()]), {
      error: 'wanted a flat list of numbers, texts, or true and false',
    }),
  },
  { error: 'wanted an object' },
);

const milliseconds = whole(1, 86_400_000);

const defaultAnswer = z.strictObject(
  {
    after_ms: milliseconds.optional(),
    outputs: z.array(defaultOutput, { error: 'wanted a list of outputs' }),
  },
  { error: 'wanted an object' },
);

const rate = text.transform((value, context) => {
  const read = parseRate(value);
  if (read === undefined) context.addIssue(`wanted ${rateForm}`);
  return read ?? z.NEVER;
});

const rateLimit = z.strictObject(
  { total: rate.optional(), per_client: rate.optional() },
  { error: 'wanted an object' },
);

const shoal = z.strictObject(
  {
    image: image.optional(),
    timeout_ms: milliseconds.optional(),
    default_timeout_ms: milliseconds.optional(),
    default_answer: defaultAnswer.optional(),
    max_run_ms: whole(100, 86_400_000).optional(),
    rate_limit: rateLimit.optional(),
    runner: words('shared', 'own').optional(),
    description: text.optional(),
    batching: words('allow', 'refuse').optional(),
    padding: z.boolean({ error: 'wanted true or false' }).optional(),
  },
  { error: 'wanted an object' },
);

const versionPolicy = z.strictObject(
  {
    latest: z.strictObject({ num_versions: whole(0, 2 ** 31 - 1).optional() }).optional(),
    all: z.strictObject({}).optional(),
    specific: z
      .strictObject({ versions: z.array(whole(1, 999_999_999), { error: 'wanted a list' }) })
      .optional(),
  },
  { error: 'wanted an object' },
);

/**
 * Triton's ModelConfig as JSON, as far as it is used, and the object `shoal`. Whatever else is
 * there shows up as unrecognized keys.
 */
export const configSchema = z.strictObject(
  {
    name: text.optional(),
    platform: text.optional(),
    backend: text.optional(),
    max_batch_size: whole(0, 1_000_000).optional(),
    dynamic_batching: z
      .strictObject({ max_queue_delay_microseconds: whole(0, 60_000_000).optional() })
      .optional(),
    input: z.array(tensor, { error: 'wanted a list of inputs' }).optional(),
    output: z.array(outputTensor, { error: 'wanted a list of outputs' }).optional(),
    version_policy: versionPolicy.optional(),
    default_model_filename: noFileOrName.optional(),
    shoal: shoal.optional(),
  },
  { error: 'wanted an object' },
);

export type ConfigFile = z.output<typeof configSchema>;
export type ConfigFileTensor = z.output<typeof tensor>;
export type ConfigFileOutput = z.output<typeof outputTensor>;
export type ConfigFileAnswer = z.output<typeof defaultAnswer>;
export type ConfigFileImage = z.output<typeof image>;
