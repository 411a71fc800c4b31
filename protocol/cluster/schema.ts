import { z } from 'zod';

const text = z.string();

const error =
  'a heartbeat has host, url, revision (texts), ready, draining (booleans) and runners (a list of ' +
  '{id, address}, the address unix:<path> or tcp:<host>:<port>); of refused ones, model, version, ' +
  'hash, reason and leftMs; labels are texts by name, serving is a list of texts, successors are texts by name, leaving a boolean; ' +
  'of endings, id, kind and reason';

const filled = z.string({ error }).min(1, { error });
const flag = z.boolean({ error });
const number = z.number({ error });
const url = z
  .string({ error })
  .refine(isHttpUrl, { error })
  .meta({ format: 'uri', pattern: '^https?://' });

const runner = z.looseObject(
  {
    id: filled,
    address: z
      .string({ error })
      .regex(/^(unix:.|tcp:(\[[^\]]+\]|[^:[]+):\d{1,5}$)/, { error })
      .refine(hasPort, { error }),
    quietMs: number.optional(),
  },
  { error },
);

const refusal = z.looseObject(
  {
    model: filled,
    version: number,
    hash: filled,
    reason: z.string({ error }),
    overMemory: flag.optional(),
    leftMs: number,
  },
  { error },
);

const membership = {
  labels: z.record(text, z.string({ error }), { error }).optional(),
  serving: z.array(z.string({ error }), { error }).optional(),
  successors: z.record(text, z.string({ error }), { error }).optional(),
  leaving: flag.optional(),
};

const ending = z.looseObject(
  {
    id: filled,
    kind: filled.meta({ description: 'died, replaced or left; a later release may know more.' }),
    reason: z.string({ error }),
  },
  { error },
);

/** Loose, as later releases say more. */
export const heartbeatBody = z
  .looseObject(
    {
      host: filled,
      url,
      ready: flag,
      draining: flag,
      runners: z.array(runner, { error }),
      revision: filled,
      freeBytes: number.optional(),
      refused: z.array(refusal, { error }).optional(),
      ...membership,
      endings: z.array(ending, { error }).optional(),
      inferrers: z.array(url, { error }).optional(),
    },
    { error },
  )
  .meta({ id: 'Heartbeat' });

function hasPort(address: string): boolean {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return address.startsWith('unix:') || (port >= 1 && port <= 65_535);
}

function isHttpUrl(value: string): boolean {
  return /^https?:\/\//i.test(value) && URL.canParse(value);
}

const member = z.looseObject({ id: text, ...membership });

/** Loose, as later releases say more. */
export const known = z
  .looseObject({ known: z.boolean(), hosts: z.array(member).optional() })
  .meta({ id: 'Known' });

const hostLine = z.strictObject({
  id: text,
  url: text,
  ready: z.boolean(),
  draining: z.boolean(),
  labels: z.record(text, text),
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
