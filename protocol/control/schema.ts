import { z } from 'zod';
import { instanceKinds } from './stated-config';
import { datatypes } from '../datatype';
import type { Issue } from '../openapi/schema';

const count = z.int().min(0);
const text = z.string();
const bodyWords = 'the body must be a JSON object, or nothing';
const nothing = z.strictObject({});

export const indexBody = z
  .object(
    { ready: z.boolean({ error: "'ready' must be true or false" }).optional() },
    { error: bodyWords },
  )
  .meta({ id: 'IndexBody' });

const parametersWords = "'parameters' must be an object";

/** `config` is a text of JSON, the others are named `file:<version>/<name>` and are base64. */
export const loadBody = z
  .object(
    {
      parameters: z
        .record(text, z.string({ error: ({ path = [] }) => `${named(path)} must be a text` }), {
          error: parametersWords,
        })
        .optional(),
    },
    { error: bodyWords },
  )
  .meta({ id: 'LoadBody' });

export const unloadBody = z
  .object(
    {
      parameters: z
        .strictObject(
          { unload_dependents: z.boolean({ error: flagWords }).optional() },
          {
            error: (issue) =>
              issue.code === 'unrecognized_keys'
                ? `unknown ${named(issue.keys)} of an unload; there is unload_dependents`
                : parametersWords,
          },
        )
        .optional(),
    },
    { error: bodyWords },
  )
  .meta({ id: 'UnloadBody' });

function flagWords({ path = [] }: Issue): string {
  return `${named(path)} must be true or false`;
}

function named(path: readonly unknown[]): string {
  return `parameter '${String(path.at(-1)).slice(0, 200)}'`;
}

export const indexAnswer = z
  .array(
    z.strictObject({
      name: text,
      version: text.optional(),
      state: z.enum(['READY', 'UNAVAILABLE', 'LOADING', 'UNLOADING']).optional(),
      reason: text.optional(),
    }),
  )
  .meta({ id: 'RepositoryIndex' });

const settingsWords = 'The settings must be an object';

const traceWords = ({ path = [] }: Issue): string =>
  `${String(path[0])}: wanted a text, a list of texts, or null`;

/** Which names there are, and what they take, is told by whoever keeps them. */
export const traceBody = z
  .record(text, z.union([text, z.number(), z.array(text), z.null()], { error: traceWords }), {
    error: settingsWords,
  })
  .meta({ id: 'TraceChanges' });

export const logBody = z
  .record(
    text,
    z.union([text, z.number(), z.boolean()], {
      error: ({ path = [] }) => `${String(path[0])}: wanted a text, a number, or true or false`,
    }),
    { error: settingsWords },
  )
  .meta({ id: 'LogChanges' });

export const traceAnswer = z
  .strictObject({
    trace_level: z.array(text),
    trace_rate: text,
    trace_count: text,
    log_frequency: text,
    trace_file: text,
    trace_mode: text,
  })
  .meta({ id: 'TraceSettings' });

export const logAnswer = z
  .strictObject({
    log_file: text,
    log_info: z.boolean(),
    log_warning: z.boolean(),
    log_error: z.boolean(),
    log_verbose_level: count,
    log_format: text,
  })
  .meta({ id: 'LogSettings' });

const duration = z.strictObject({ count, ns: count }).meta({ id: 'DurationTotal' });
const compute = { compute_input: duration, compute_infer: duration, compute_output: duration };

export const statisticsAnswer = z
  .strictObject({
    model_stats: z.array(
      z.strictObject({
        name: text,
        version: text,
        last_inference: count,
        inference_count: count,
        execution_count: count,
        inference_stats: z.strictObject({
          success: duration,
          fail: duration,
          queue: duration,
          ...compute,
          cache_hit: duration,
          cache_miss: duration,
        }),
        response_stats: nothing,
        batch_stats: z.array(z.strictObject({ batch_size: count, ...compute })),
        memory_usage: z.array(z.never()),
      }),
    ),
  })
  .meta({ id: 'ModelStatistics' });

export const regionBody = z
  .object({ key: text, offset: count.optional(), byte_size: count })
  .meta({ id: 'RegionBody' });

export const regionsAnswer = z
  .array(z.strictObject({ name: text, key: text, offset: count, byte_size: count }))
  .meta({ id: 'Regions' });

export const cudaRegionBody = z
  .object({ raw_handle: z.unknown(), device_id: z.unknown(), byte_size: z.unknown() })
  .partial()
  .meta({ id: 'CudaRegionBody' });

export const emptyAnswer = nothing.meta({ id: 'Empty' });

const dims = z.array(z.int().min(-1));
const types = datatypes.map((name) => (name === 'BYTES' ? 'TYPE_STRING' : `TYPE_${name}`));
const configTensor = z.looseObject({ name: text, data_type: z.enum(types), dims });

/** What tools read of it; it has further fields of Triton's ModelConfig. */
export const configAnswer = z
  .looseObject({
    name: text,
    platform: text,
    backend: text,
    version_policy: z.looseObject({}),
    max_batch_size: count,
    input: z.array(configTensor),
    output: z.array(configTensor),
    dynamic_batching: z
      .looseObject({
        preferred_batch_size: z.array(count),
        max_queue_delay_microseconds: count,
        priority_levels: count,
        default_priority_level: count,
      })
      .optional(),
    instance_group: z.array(z.looseObject({ name: text, kind: z.enum(instanceKinds), count })),
    default_model_filename: text,
    parameters: z.record(text, z.strictObject({ string_value: text })),
  })
  .meta({ id: 'ModelConfig' });
