import { z } from 'zod';
import { envelope } from '../../protocol/dialects/fractal/schema';
import { trafficAnswer } from '../../protocol/versions/schema';

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

export const labelled = envelope
  .extend({ model: text, label: text, version: count, generation: count })
  .meta({ id: 'Labelled' });

export const held = envelope
  .extend({ version: count, generation: count, held: z.boolean(), loads: z.boolean() })
  .meta({ id: 'Held' });

export const spread = trafficAnswer.extend({ generation: count }).meta({ id: 'Spread' });

export const decided = envelope
  .extend({ generation: count, applied: z.boolean() })
  .meta({ id: 'Decided' });

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
    unused: z.array(text).optional(),
  })
  .meta({ id: 'Published' });

export const loaded = envelope
  .extend({ generation: count, version: count, wasUnloaded: z.literal(true).optional() })
  .meta({ id: 'Loaded' });

const holdWords = 'wanted {hold}: true where the caller waits for all hosts, or none';

export const holdBody = z
  .object({ hold: z.boolean({ error: holdWords }).optional() }, { error: holdWords })
  .meta({ id: 'Hold' });

const demandWords = 'wanted {version, timeout_ms}: a version number, and milliseconds to wait';

export const demandBody = z
  .object(
    {
      version: z.int({ error: demandWords }).min(1, { error: demandWords }),
      timeout_ms: z.int({ error: demandWords }).min(1, { error: demandWords }),
    },
    { error: demandWords },
  )
  .meta({ id: 'Demand' });

const unloadWords = 'wanted {version}: the one that is taken back, or none';

export const unloadBody = z
  .object({ version: z.int({ error: unloadWords }).min(1, { error: unloadWords }).optional() })
  .meta({ id: 'Unload' });

export const unloaded = envelope
  .extend({ generation: count, unloaded: z.boolean() })
  .meta({ id: 'Unloaded' });

export const changed = envelope.extend({ generation: count }).meta({ id: 'Changed' });

export const generationAnswer = z.strictObject({ generation: count }).meta({ id: 'Generation' });

/** For inferrers; its models are as `protocol/catalog.ts` has them. */
export const hostCatalog = z
  .strictObject({ host: text, revision: text, models: z.array(z.looseObject({ name: text })) })
  .meta({ id: 'HostCatalog' });
