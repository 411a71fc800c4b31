import { z } from 'zod';

const text = z.string();

const error =
  'a heartbeat has host, url, revision (texts), ready, draining (booleans) and runners (a list)';

const filled = z.string({ error }).min(1, { error });
const flag = z.boolean({ error });
const list = z.array(z.unknown(), { error });
const url = z
  .string({ error })
  .refine((value) => URL.canParse(value), { error })
  .meta({ format: 'uri' });

/** Loose, as later releases say more; what is in the lists is of our own processes. */
export const heartbeatBody = z
  .looseObject(
    {
      host: filled,
      url,
      ready: flag,
      draining: flag,
      runners: list,
      revision: filled,
      refused: list.optional(),
      inferrers: z.array(url, { error }).optional(),
    },
    { error },
  )
  .meta({ id: 'Heartbeat' });

export const known = z.strictObject({ known: z.boolean() }).meta({ id: 'Known' });

const hostLine = z.strictObject({
  id: text,
  url: text,
  ready: z.boolean(),
  draining: z.boolean(),
});

export const clusterHosts = z
  .strictObject({
    inferrer: z.strictObject({ id: text, url: text }),
    hosts: z.array(hostLine),
  })
  .meta({ id: 'ClusterHosts' });

/** Counters as texts, as they have 64 bits: by life, by model and version, by name. */
export const clusterStatistics = z
  .strictObject({ life: text, lives: z.record(text, z.record(text, z.record(text, text))) })
  .meta({ id: 'ClusterStatistics' });
