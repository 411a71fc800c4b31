import { z } from 'zod';
import { datatypes } from '../../protocol/datatype';
import { tritonDatatypes } from './triton-datatype';
import { labelForm } from '../../protocol/placement';
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

const flag = z.boolean({ error: 'wanted true or false' });

const finite = z.number({ error: 'wanted a number' });

const dataType = words(...tritonDatatypes);

const dims = z.array(whole(-1, 2 ** 31 - 1), { error: 'wanted a list of sizes, -1 for free' });

const tensor = z.strictObject(
  {
    name: text.min(1, { error: 'wanted a name' }),
    data_type: dataType.optional(),
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

const cache = z.strictObject(
  {
    max_bytes: whole(1, 64_000_000_000).optional(),
    ttl_ms: whole(1, 86_400_000).optional(),
  },
  { error: 'wanted an object' },
);

const labelText = text.regex(new RegExp(`^${labelForm}$`), {
  error:
    'wanted up to 63 letters, digits, dots, underscores, hyphens and slashes, a letter or digit first',
});

const labelValues = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z
    .array(labelText, { error: 'wanted a value, or a list of values' })
    .min(1, { error: 'wanted a value, or a list of values' }),
);

const onAll = 'all';

const placement = z.preprocess(
  (value) => (value === onAll ? {} : value),
  z.strictObject(
    {
      copies: whole(1, 10_000).optional(),
      labels: z
        .preprocess(
          mapOf,
          z.record(labelText, labelValues, { error: 'wanted an object with values by label' }),
        )
        .optional(),
    },
    { error: `wanted "${onAll}", or an object with copies, labels, or both` },
  ),
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
    keep_versions: whole(1, 1_000_000).optional(),
    batching: words('allow', 'refuse').optional(),
    pinned: flag.optional(),
    min_copies: z.literal([0, 1], { error: 'wanted 0 or 1' }).optional(),
    idle_ms: milliseconds.optional(),
    cache: cache.optional(),
    padding: flag.optional(),
    placement: placement.optional(),
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

const warmUpInput = z
  .strictObject(
    {
      data_type: dataType,
      dims: z.array(whole(0, 2 ** 31 - 1), { error: 'wanted a list of sizes, none of them free' }),
      zero_data: flag.optional(),
      random_data: flag.optional(),
      input_data_file: z
        .undefined({ error: 'wanted zero_data or random_data; files of input are not read' })
        .optional(),
    },
    { error: 'wanted an object' },
  )
  .refine(({ zero_data: zero, random_data: random }) => (zero === true) !== (random === true), {
    error: 'wanted one of zero_data and random_data to be true',
  });

/** A map in JSON is an object; in the text form a list of entries with a key and a value each. */
function mapOf(given: unknown): unknown {
  if (!Array.isArray(given)) return given;
  const entries = given as readonly Partial<Record<'key' | 'value', unknown>>[];
  return Object.fromEntries(entries.map(({ key, value }) => [String(key), value]));
}

const warmUp = z.strictObject(
  {
    name: text.optional(),
    batch_size: whole(1, 1_000_000),
    count: whole(0, 10_000).optional(),
    inputs: z.preprocess(
      mapOf,
      z.record(z.string(), warmUpInput, { error: 'wanted an object with the inputs by name' }),
    ),
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
      .strictObject({
        max_queue_delay_microseconds: whole(0, 60_000_000).optional(),
        preferred_batch_size: z
          .array(whole(1, 1_000_000), { error: 'wanted a list of numbers of rows' })
          .max(100, { error: 'wanted at most 100' })
          .optional(),
      })
      .optional(),
    sequence_batching: z
      .undefined({
        error:
          'wanted none, as models keep nothing between requests here; without it each is answered by itself',
      })
      .optional(),
    input: z.array(tensor, { error: 'wanted a list of inputs' }).optional(),
    output: z.array(outputTensor, { error: 'wanted a list of outputs' }).optional(),
    model_warmup: z
      .array(warmUp, { error: 'wanted a list' })
      .max(100, { error: 'wanted at most 100' })
      .optional(),
    response_cache: z
      .strictObject({ enable: flag.optional() }, { error: 'wanted an object' })
      .optional(),
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
export type ConfigFileWarmUp = z.output<typeof warmUp>;
