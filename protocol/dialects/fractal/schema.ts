import { z } from 'zod';
import { errorTable, type ErrorCode } from '../../../core/errors';
import { datatypes } from '../../datatype';
import { anyValue, type Issue } from '../../openapi/schema';

/** Every wrong field is told in FRACTAL's words. */
type Wrong = (issue: Issue) => string;

const text = z.string();
const count = z.int().min(0);

const maxDescription = 10_000;
const descriptionWords: Wrong = ({ input }) =>
  input === undefined
    ? 'No model_description provided (model_description:string)'
    : `model_description must be a string, got ${kind(input)}`;

export const descriptionBody = z
  .object(
    {
      model_description: z
        .string({ error: descriptionWords })
        .max(maxDescription, { error: `model_description must have at most 10000 characters` }),
    },
    { error: 'No json data provided {model_description:string}' },
  )
  .meta({ id: 'ModelDescription' });

const defaultWords: Wrong = ({ input }) =>
  `default must be the number of a version, from 1; got ${kind(input)}`;

export const defaultBody = z
  .object(
    { default: z.int({ error: defaultWords }).min(1, { error: defaultWords }) },
    { error: 'No json data provided {default:version}' },
  )
  .meta({ id: 'DefaultVersion' });

/** Most items of one balance check. */
export const maxTestItems = 1000;

const itemWords: Wrong = ({ input, path = [] }) =>
  `data[${String(path.at(-1))}] must be a text of 1 to 256 characters, got ${kind(input)}`;

const testItem = z.union(
  [z.string().min(1, { error: itemWords }).max(256, { error: itemWords }), z.number(), z.boolean()],
  { error: itemWords },
);

export const testDataBody = z
  .object(
    {
      data: z
        .array(testItem, {
          error: ({ input }) =>
            input === undefined
              ? 'No test data provided (data:[...])'
              : 'Test data is not a list enclosed by squared brackets',
        })
        .max(maxTestItems, {
          error: ({ input }) =>
            `Test data has ${(input as unknown[]).length} items, at most ${maxTestItems}`,
        }),
    },
    { error: 'No json data provided {data:list}' },
  )
  .meta({ id: 'TestData' });

function kind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  return JSON.stringify(value).slice(0, 60);
}

type Values = boolean | number | string | null | readonly Values[];
const values: z.ZodType<Values> = z
  .union([z.boolean(), z.number(), z.string(), z.null(), z.array(z.lazy(() => values))])
  .meta({ id: 'NestedValues' });

const list = z.array(values);

/** An input by name: a list, or flat values with their shape. A scalar is a bare value. */
const namedInput = z.union([values, z.strictObject({ data: list, shape: z.array(z.number()) })]);

/** One of `values` and `inputs`; which one a model can be asked by depends on its inputs. */
export const predictionBody = z
  .strictObject({
    values: list.optional(),
    inputs: z.record(text, namedInput).optional(),
    outputs: z.array(text).optional(),
    id: text.optional(),
  })
  .meta({ id: 'Prediction' });

const httpStatus = z
  .strictObject({ code: z.int(), name: text, description: text })
  .meta({ id: 'HttpStatus' });

export const envelope = z.object({ http_status: httpStatus }).meta({ id: 'Envelope' });

export const predictionAnswer = envelope
  .extend({
    values: z.array(anyValue),
    outputs: z.record(text, anyValue),
    model: text,
    version: z.int(),
    default_answer: text.optional(),
    id: text.optional(),
  })
  .meta({ id: 'PredictionAnswer' });

const codes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

/** The one error body; single errors have further fields. */
export const errorAnswer = envelope
  .extend({ error: text, code: z.enum(codes) })
  .meta({ id: 'Error' });

const shape = z.array(z.union([z.int(), text, z.null()])).nullable();
const tensor = z
  .strictObject({ name: text, type: text, datatype: z.enum(datatypes).nullable(), shape })
  .meta({ id: 'TensorInformation' });
const versionLine = z
  .strictObject({ version: z.int(), state: text, reason: text, sha256: text })
  .meta({ id: 'VersionLine' });

const information = {
  inputs_type: text,
  num_inputs: count.nullable(),
  outputs: text,
  description: text,
  model_type: text,
  model: text,
  version: z.int(),
  default_version: count,
  state: text,
  reason: text,
  inputs: z.array(tensor),
  outputs_full: z.array(tensor),
  sha256: text,
  bytes: count,
  opsets: z.record(text, z.int()),
  producer: text,
  metadata: z.record(text, text),
  labels: z.record(text, z.int()),
  ignored: z.array(text),
  versions: z.array(versionLine),
};

export const modelInformation = envelope.extend(information).meta({ id: 'ModelInformation' });

/** A model without any version has its name and description only. */
export const informationList = envelope
  .extend({
    model_list: z.array(
      z.object(information).partial().required({ model: true, description: true }),
    ),
  })
  .meta({ id: 'InformationList' });

export const modelList = envelope.extend({ model_list: z.array(text) }).meta({ id: 'ModelList' });

export const pictureForm = z
  .object({ file: z.string().meta({ format: 'binary' }) })
  .meta({ id: 'PictureForm' });

const number = z.number().min(0);

export const dryRun = envelope
  .extend({
    dry_run: z.literal(true),
    model: text,
    version: z.int().min(1),
    created: z.boolean(),
    sha256: text,
    bytes: count,
    inputs: z.array(tensor),
    outputs: z.array(tensor),
    load_ms: number,
    memory_bytes: count,
    ran: z.boolean(),
    row_us: z.array(z.strictObject({ rows: z.int().min(1), us: number })),
    batching: z.strictObject({
      allowed: z.boolean(),
      worthwhile: z.boolean(),
      max_rows: z.int().min(1),
      why_not: text,
    }),
    ignored: z.array(text).optional(),
    unused: z.array(text).optional(),
  })
  .meta({ id: 'DryRun' });

/** A model's file with what the configuration says of it; the file alone may be the body, too. */
export const uploadForm = z
  .object({
    path: text.meta({ format: 'binary' }),
    files: z.array(text.meta({ format: 'binary' })).optional(),
    config: text.optional(),
    model_description: text.optional(),
  })
  .meta({ id: 'UploadForm' });
