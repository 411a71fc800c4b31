import { z } from 'zod';
import { datatypes } from '../../protocol/datatype';
import type { ModelState } from './model-state';
import type { VersionMeta } from './version-meta';

const count = z.int().min(0);

const stateSchema: z.ZodType<ModelState> = z.object({
  format: z.literal(1),
  generation: z.int().min(1),
  id: z.string(),
  previous: z.string(),
  default: count,
  lastVersion: count,
  labels: z.record(z.string(), z.int().min(1)),
  description: z.string(),
  tombstones: z.array(z.int().min(1)),
  deleted: z.boolean(),
  // Not in the states of earlier releases.
  unloaded: z.boolean().default(false),
  adopted: z
    .object({ file: z.string(), size: count, mtimeMs: z.number(), version: count })
    .nullable(),
});

const tensorSpec = z.object({
  name: z.string(),
  datatype: z.enum(datatypes).nullable(),
  valueType: z.string(),
  shape: z.array(z.union([z.number(), z.string(), z.null()])).nullable(),
});

const metaSchema: z.ZodType<VersionMeta> = z.object({
  format: z.literal(1),
  file: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: count,
  classLabels: z.record(z.string(), z.array(z.string())).optional(),
  configDigest: z.string(),
  createdAt: z.string(),
  facts: z.object({
    signature: z.object({ inputs: z.array(tensorSpec), outputs: z.array(tensorSpec) }),
    opsets: z.record(z.string(), z.number()),
    producer: z.string(),
    metadata: z.record(z.string(), z.string()),
    docString: z.string(),
    irVersion: z.number(),
  }),
  probe: z.object({
    loadMs: z.number(),
    residentBytes: z.number(),
    ran: z.boolean(),
    rowUs: z.object({ alone: z.number(), batched: z.number() }),
    canBatch: z.boolean(),
    whyNoBatch: z.string(),
  }),
});

/** Throws with the field that is wrong. */
export function parseState(text: string): ModelState {
  return stateSchema.parse(JSON.parse(text));
}

/** Throws with the field that is wrong. */
export function parseMeta(text: string): VersionMeta {
  return metaSchema.parse(JSON.parse(text));
}
