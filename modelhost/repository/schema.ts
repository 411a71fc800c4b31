import { z } from 'zod';
import { canarySchema } from '../../protocol/canary/schema';
import { datatypes } from '../../protocol/datatype';
import { flavours } from '../../protocol/made-up-input';
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
  servedFor: count.default(0),
  held: z.array(z.int().min(1)).default([]),
  successor: count.default(0),
  traffic: z
    .object({
      variants: z.array(z.object({ version: z.int().min(1), weight: z.number().min(0) })),
      sticky: z.object({ header: z.string() }).optional(),
      shadow: z.object({ version: z.int().min(1), share: z.number().gt(0).max(1) }).optional(),
    })
    .nullable()
    .default(null),
  canary: canarySchema.nullable().default(null),
  adopted: z
    .object({
      file: z.string(),
      size: count,
      mtimeMs: z.number(),
      etag: z.string().optional(),
      version: count,
      before: z.int().min(1).optional(),
    })
    .nullable(),
});

const tensorSpec = z.object({
  name: z.string(),
  datatype: z.enum(datatypes).nullable(),
  valueType: z.string(),
  shape: z.array(z.union([z.number(), z.string(), z.null()])).nullable(),
});

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A path that stays where it is. */
const storedName = z
  .string()
  .refine((name) => name !== '' && !/^\/|\\|\0|(^|\/)\.{0,2}(\/|$)/.test(name), {
    error: 'wanted a path inside',
  });

const metaSchema: z.ZodType<VersionMeta> = z.object({
  format: z.literal(1),
  file: z.string(),
  sha256,
  bytes: count,
  companions: z.array(z.object({ file: storedName, sha256, bytes: count })).optional(),
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
    // Not in the versions of earlier releases.
    madeUpBy: z
      .object({ flavour: z.enum(flavours), seed: count, freeSize: z.int().min(1) })
      .optional(),
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
