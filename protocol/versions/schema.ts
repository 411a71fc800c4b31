import { z } from 'zod';
import { envelope } from '../dialects/fractal/schema';

const text = z.string();
const count = z.int().min(0);

const versionWords = 'version must be the number of a version, from 1';

/** Which version a label stands for. */
export const labelBody = z
  .object(
    { version: z.int({ error: versionWords }).min(1, { error: versionWords }) },
    { error: 'No json data provided {version:number}' },
  )
  .meta({ id: 'LabelledVersion' });

const weightWords = 'weight must be a number from 0 to 1000000';
const headerWords = 'sticky.header must be the name of a header';

const variant = z
  .strictObject({
    version: z.int({ error: versionWords }).min(1, { error: versionWords }),
    weight: z.number({ error: weightWords }).min(0, weightWords).max(1_000_000, weightWords),
  })
  .meta({ id: 'Variant' });

/** Whose requests are answered by the same version. */
export const sticky = z.strictObject({
  header: z
    .string({ error: headerWords })
    .regex(/^[A-Za-z0-9-]{1,64}$/, headerWords)
    .transform((name) => name.toLowerCase()),
});

const variantsWords = 'variants must be a list of at most 16 {version, weight}';
const shareWords = 'shadow.share must be a number above 0 and at most 1';

const shadow = z.strictObject({
  version: z.int({ error: versionWords }).min(1, { error: versionWords }),
  share: z.number({ error: shareWords }).gt(0, shareWords).max(1, shareWords).default(1),
});

/** Who answers requests for a model without a version. */
export const trafficBody = z
  .strictObject(
    {
      variants: z
        .array(variant, { error: variantsWords })
        .max(16, variantsWords)
        .refine((all) => new Set(all.map(({ version }) => version)).size === all.length, {
          error: 'variants must be of different versions',
        })
        .refine((all) => all.length === 0 || all.some(({ weight }) => weight > 0), {
          error: 'variants must have a weight above 0',
        })
        .default([]),
      sticky: sticky.optional(),
      shadow: shadow.optional(),
    },
    {
      error: ({ code }) =>
        code === 'unrecognized_keys' ? undefined : 'No json data provided {variants:list}',
    },
  )
  .refine((wanted) => wanted.variants.length > 0 || wanted.shadow !== undefined, {
    error: 'wanted variants or shadow, or both',
  })
  .meta({ id: 'Traffic' });

export const trafficAnswer = envelope
  .extend({
    model: text,
    variants: z.array(z.strictObject({ version: count, weight: z.number() })),
    sticky: z.strictObject({ header: text }).optional(),
    shadow: z.strictObject({ version: count, share: z.number() }).optional(),
  })
  .meta({ id: 'Variants' });

export const labelList = envelope
  .extend({ model: text, labels: z.record(text, count) })
  .meta({ id: 'Labels' });
