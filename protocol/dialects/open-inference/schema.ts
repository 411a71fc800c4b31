import { z } from 'zod';
import { datatypes } from '../../datatype';

/** Read exactly, however large; a schema's bounds are doubles. */
const count = z.int().min(0).meta({ maximum: undefined });
const size = z.int().min(0);
const text = z.string();

/** Values as bare lists or nested like the shape; NaN and infinities are bare words. */
type Values = boolean | number | string | readonly Values[];
const values: z.ZodType<Values> = z
  .union([z.boolean(), z.number(), z.string(), z.array(z.lazy(() => values))])
  .meta({ id: 'Values' });

/** Whatever others than the parameters named here say. */
const parameters = z.record(text, z.unknown());

/** The parameters that say where a tensor lies, each with a meaning of its own. */
const places = {
  binary_data_size: count.optional(),
  shared_memory_region: text.min(1).optional(),
  shared_memory_byte_size: size.optional(),
  shared_memory_offset: size.optional(),
};

const inferInput = z
  .object({
    name: text,
    datatype: z.enum(datatypes),
    shape: z.array(size),
    data: z.array(values).optional(),
    parameters: z.object(places).catchall(z.unknown()).optional(),
  })
  .meta({ id: 'InferInput' });

const wantedOutput = z
  .object({
    name: text,
    parameters: z
      .object({
        binary_data: z.boolean().optional(),
        classification: count.optional(),
        shared_memory_region: text.min(1).optional(),
        shared_memory_byte_size: size.optional(),
        shared_memory_offset: size.optional(),
      })
      .catchall(z.unknown())
      .optional(),
  })
  .meta({ id: 'WantedOutput' });

export const inferRequest = z
  .object({
    id: text.optional(),
    parameters: z
      .object({
        binary_data_output: z.boolean().optional(),
        timeout: count.optional(),
        priority: count.optional(),
        sequence_id: z.union([count, text]).optional(),
        sequence_start: z.boolean().optional(),
        sequence_end: z.boolean().optional(),
      })
      .catchall(z.union([text, z.number(), z.boolean()]))
      .optional(),
    inputs: z.array(inferInput),
    outputs: z.array(wantedOutput).optional(),
  })
  .meta({ id: 'InferRequest' });

const inferOutput = z
  .object({
    name: text,
    datatype: z.enum(datatypes),
    shape: z.array(size),
    data: z.array(values).optional(),
    parameters: parameters.optional(),
  })
  .meta({ id: 'InferOutput' });

export const inferResponse = z
  .object({
    id: text.optional(),
    model_name: text,
    model_version: text,
    parameters: parameters.optional(),
    outputs: z.array(inferOutput),
  })
  .meta({ id: 'InferResponse' });

export const serverMetadata = z
  .strictObject({ name: text, version: text, extensions: z.array(text) })
  .meta({ id: 'ServerMetadata' });

export const live = z.strictObject({ live: z.boolean() }).meta({ id: 'Live' });

export const ready = z
  .strictObject({ live: z.boolean(), ready: z.boolean() })
  .meta({ id: 'Ready' });

export const modelReady = z
  .strictObject({ name: text, ready: z.boolean() })
  .meta({ id: 'ModelReady' });

const tensorMetadata = z
  .strictObject({ name: text, datatype: z.enum(datatypes), shape: z.array(z.int().min(-1)) })
  .meta({ id: 'TensorMetadata' });

export const modelMetadata = z
  .strictObject({
    name: text,
    versions: z.array(text),
    platform: text,
    inputs: z.array(tensorMetadata),
    outputs: z.array(tensorMetadata),
  })
  .meta({ id: 'ModelMetadata' });
