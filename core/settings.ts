import { z } from 'zod';

/**
 * Settings of one process: a zod type per environment variable, with its default and a sentence
 * of description. All faults are found at once; docs/configuration.md is checked against these.
 */
export type SettingsShape = Readonly<Record<string, z.ZodType>>;

export type Settings<Shape extends SettingsShape> = {
  readonly [Name in keyof Shape]: z.output<Shape[Name]>;
};

/** What was wrong with the environment; the message has one line per setting. */
export class SettingsError extends Error {}

/** Reads the shape's variables; empty strings count as absent. The result is frozen. */
export function readSettings<Shape extends SettingsShape>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): Settings<Shape> {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, type] of Object.entries(shape)) {
    const text = environment[name];
    const parsed = type.safeParse(text === '' ? undefined : text);
    if (parsed.success) values[name] = parsed.data;
    else faults.push(`${name}: ${faultOf(parsed.error)}, found ${found(name, text)}`);
  }
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  return Object.freeze(values) as Settings<Shape>;
}

function faultOf(error: z.ZodError): string {
  return error.issues.map((issue) => issue.message).join('; ');
}

function found(name: string, text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return /SECRET|TOKEN/.test(name) ? 'a value that is not shown' : JSON.stringify(text);
}

/** A whole number within bounds, e.g. `whole(0, 65535)`. */
export function whole(min: number, max: number): z.ZodType<number, string | undefined> {
  const wanted = `wanted a whole number from ${min} to ${max}`;
  return z
    .string({ error: wanted })
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, wanted)
    .transform(Number);
}

/** One of a few words. */
export function oneOf<const Word extends string>(
  words: readonly [Word, ...Word[]],
): z.ZodType<Word, string | undefined> {
  return z.enum(words, { error: `wanted ${words.join(' or ')}` });
}

/** Any text that is not empty. */
export function text(what: string): z.ZodType<string, string | undefined> {
  return z.string({ error: `wanted ${what}` });
}

/** A port, 0 for a free one, or the word off. Throws an Error that says what was wanted. */
export function portOrOff(text: string): number | 'off' {
  if (text === 'off') return text;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error('wanted a port from 0 to 65535, or off');
}

/** What a parser makes of a text that throws an Error saying what was wanted. */
export function parsed<Out>(parse: (text: string) => Out): z.ZodType<Out, string | undefined> {
  return z.string({ error: 'wanted text' }).transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error));
      return z.NEVER;
    }
  });
}

/** The address of a server, such as `example`. */
export function webUrl(example: string): z.ZodType<string, string | undefined> {
  return parsed((text) => {
    if (isWebUrl(text)) return text;
    throw new Error(`wanted a URL such as ${example}`);
  });
}

/** The same, or nothing. */
export function optionalWebUrl(example: string): z.ZodType<string, string | undefined> {
  return parsed((text) => {
    if (text === '' || isWebUrl(text)) return text;
    throw new Error(`wanted a URL such as ${example}, or nothing`);
  });
}

/** Addresses of servers that are asked without TLS, with commas between, or none. */
export function httpUrls(example: string): z.ZodType<readonly string[], string | undefined> {
  return parsed((text) => {
    const urls = text === '' ? [] : text.split(',').map((url) => url.trim());
    if (urls.every((url) => isWebUrl(url) && !/^https:/i.test(url))) return urls;
    throw new Error(`wanted http URLs such as ${example} with commas between them, or nothing`);
  });
}

/** Without its scheme, `localhost:8000` would be one of the scheme `localhost`. */
function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:\/\//i.test(text);
}

/** A setting with its default, as text like in the environment, and its description. */
export function setting<Out>(
  type: z.ZodType<Out, string | undefined>,
  fallback: string,
  description: string,
): z.ZodType<Out, string | undefined> {
  return z
    .string()
    .optional()
    .transform((value) => value ?? fallback)
    .pipe(type as z.ZodType<Out, string>)
    .meta({ description, fallback });
}
