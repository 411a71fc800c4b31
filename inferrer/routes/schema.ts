import { z } from 'zod';
import { envelope } from '../../protocol/dialects/fractal/schema';
import { trafficAnswer } from '../../protocol/versions/schema';

const text = z.string();
const count = z.int().min(0);

export const greeting = envelope.extend({ status: text }).meta({ id: 'Greeting' });

const hostLine = z
  .strictObject({
    host: text,
    version: count,
    state: z.enum(['ready', 'waiting', 'elsewhere', 'failed']),
    ms: count,
    reason: text.optional(),
  })
  .meta({ id: 'HostLine' });
const hosts = z.array(hostLine);

export const described = envelope
  .extend({ model: text, description: text, hosts })
  .meta({ id: 'Described' });

export const defaultSet = envelope
  .extend({ model: text, version: count, hosts })
  .meta({ id: 'DefaultSet' });

export const labelled = envelope
  .extend({ model: text, label: text, version: count, hosts })
  .meta({ id: 'Labelled' });

export const spread = trafficAnswer.extend({ hosts }).meta({ id: 'Spread' });

export const uploaded = envelope
  .extend({
    model: text,
    version: count,
    sha256: text,
    created: z.boolean(),
    ignored: z.array(text).optional(),
    unused: z.array(text).optional(),
    hosts,
  })
  .meta({ id: 'Uploaded' });

export const updatedHosts = envelope
  .extend({ hosts: z.array(z.looseObject({ node: text, code: z.int(), ms: count })) })
  .meta({ id: 'UpdatedHosts' });

export const testResponses = envelope
  .extend({ responses: z.array(z.strictObject({ data: text, node: text, code: z.int() })) })
  .meta({ id: 'TestResponses' });
