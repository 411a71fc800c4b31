import { Ajv2020 } from 'ajv/dist/2020';
import fc from 'fast-check';
import { anyCall, brokenCall } from '../../../tests/support/arbitrary-calls';
import { jsonAs } from '../../../tests/support/arbitrary-json';
import { inJson } from '../../openapi/schema';
import { readCall } from './read-call';
import { inferRequest } from './schema';

const written = inJson(inferRequest);
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: 'document', components: { schemas: written.named } });
const fits = ajv.compile({ $ref: 'document#/components/schemas/InferRequest' });

/** What is refused of bodies that fit the schema, which cannot say it. */
const beyondSchemas = [
  // Of one part by another.
  /^Input must set only one of the following fields/,
  /^(in|out)put '.*' already exists in request$/s,
  /^Unable to parse 'shared_memory_byte_size'/,
  /^input '.*': shape .* holds \d+ values, got \d+$/s,
  /^input '.*': element \d+ of \w+ must be /s,
  // Of numbers beyond 64 bits, and all dimensions together.
  /^parameter '.*' has invalid type\. .* got -?\d{19,}$/s,
  /^parameter 'sequence_id' must be a whole number of 64 bits/,
  /^input '.*': shape .* must have whole numbers from 0 and at most \d+ elements$/s,
  // Of names.
  /^parameter keys starting with 'triton_' are reserved/,
];

/** Nothing where the call is read; why not otherwise. */
function refusal(text: string): string {
  try {
    readCall(Buffer.from(text));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** What JSON.parse makes of it; nothing where only we take it: NaN and infinities are bare words. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the schema has against the body, but for what is not read: places in a region that is not named. */
function faults(body: unknown): string[] {
  if (fits(body)) return [];
  return (fits.errors ?? [])
    .map(({ instancePath, message = '' }) => `${instancePath} ${message}`)
    .filter((line) => !/\/parameters\/shared_memory_(byte_size|offset) must be /.test(line));
}

describe('the schema of infer calls, and what reads them', () => {
  it('agree on what fits, but for what a schema cannot say', () => {
    let taken = 0;
    fc.assert(
      fc.property(jsonAs(written), (body) => {
        const text = JSON.stringify(body);
        expect(faults(JSON.parse(text))).toEqual([]);
        const said = refusal(text);
        if (said === '') taken += 1;
        else expect([said, beyondSchemas.some((one) => one.test(said))]).toEqual([said, true]);
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(25);
  });

  it('agree on what is taken', () => {
    const faulty = jsonAs(written, 20).map((body) => JSON.stringify(body));
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(faulty, faulty, anyCall, brokenCall), (text) => {
        const body = parsed(text);
        if (body === undefined) return;
        const found = faults(body);
        if (found.length > 0) refused += 1;
        if (refusal(text) === '') expect(found).toEqual([]);
      }),
      { numRuns: 600 },
    );
    expect(refused).toBeGreaterThan(30);
  });
});
