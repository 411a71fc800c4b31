import { z } from 'zod';
import { envelope } from '../../protocol/dialects/fractal/schema';

const text = z.string();
const count = z.int().min(0);

export const greeting = envelope.extend({ status: text, modelhost: text }).meta({ id: 'Greeting' });

export const received = envelope.extend({ modelhost: text }).meta({ id: 'Received' });

export const described = envelope
  .extend({ model: text, description: text, generation: count })
  .meta({ id: 'Described' });

export const defaultSet = envelope
  .extend({ model: text, version: count, generation: count })
  .meta({ id: 'DefaultSet' });

export const published = envelope
  .extend({
    model: text,
    version: count,
    generation: count,
    created: z.boolean(),
    sha256: text,
    promote: z.boolean(),
    wasUnloaded: z.literal(true).optional(),
    ignored: z.array(text).optional(),
  })
  .meta({ id: 'Published' });

export const loaded = envelope.extend({ generation: count, version: count }).meta({ id: 'Loaded' });

export const unloaded = envelope.extend({ generation: count }).meta({ id: 'Unloaded' });

/** For inferrers; its models are as `protocol/catalog.ts` has them. */
export const hostCatalog = z
  .strictObject({ host: text, revision: text, models: z.array(z.looseObject({ name: text })) })
  .meta({ id: 'HostCatalog' });
