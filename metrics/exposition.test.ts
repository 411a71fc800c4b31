import fc from 'fast-check';
import { Buckets } from './buckets';
import { chooseFormat, writeFamilies, type Family } from './exposition';
import { readExposition } from './read-exposition';

describe('the form of the exposition', () => {
  const prometheus =
    'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';
  it.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    [prometheus, 'openmetrics'],
    ['application/openmetrics-text;q=0.2, text/plain;q=0.9', 'text'],
    ['application/openmetrics-text;q=0', 'text'],
  ])('for Accept %s is %s', (accept, format) => {
    expect(chooseFormat(accept)).toBe(format);
  });
});

describe('exposition', () => {
  it('is read as it was written, whatever labels and help say', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((name) => name !== 'le');
    const labels = fc.dictionary(word, fc.string({ unit: 'grapheme' }), { maxKeys: 4 });
    const printable = fc.string({ unit: 'grapheme' });
    const family = fc.record({
      name: word,
      help: printable,
      type: fc.constantFrom('counter', 'gauge', 'untyped'),
      samples: fc.array(
        fc.record({
          suffix: fc.constant(''),
          labels,
          value: fc.oneof(fc.double({ noNaN: true }), fc.constant(Infinity)),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    });
    const families = fc.uniqueArray(family, { selector: ({ name }) => name, maxLength: 5 });
    fc.assert(
      fc.property(families, (written: Family[]) => {
        const plain = JSON.stringify(written.map(normal));
        expect(JSON.stringify(readExposition(writeFamilies(written, 'text')).map(normal))).toBe(
          plain,
        );
      }),
    );
  });

  it('keeps the parts of a histogram together', () => {
    const buckets = new Buckets([0.1, 1]);
    buckets.observe(0.5);
    const family = {
      name: 'h',
      help: 'x',
      type: 'histogram',
      samples: buckets.samples({ a: 'b' }),
    };
    const text = writeFamilies([family], 'text');
    expect(text.split('\n').slice(2, -1)).toEqual([
      'h_bucket{a="b",le="0.1"} 0',
      'h_bucket{a="b",le="1.0"} 1',
      'h_bucket{a="b",le="+Inf"} 1',
      'h_sum{a="b"} 0.5',
      'h_count{a="b"} 1',
    ]);
    expect(readExposition(text)).toEqual([family]);
  });

  it('survives text that is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(Array.isArray(readExposition(text))).toBe(true);
      }),
    );
  });
});

/** JSON knows no infinity and no negative zero; key order is not what is compared. */
function normal({ name, help, type, samples }: Family): unknown {
  const numbers = samples.map(({ labels, value }) => [
    Object.entries(labels).sort(),
    value === 0 ? '0' : String(value),
  ]);
  return [name, help, type, numbers];
}
