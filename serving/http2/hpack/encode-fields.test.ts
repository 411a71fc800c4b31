import { encodeFields } from './encode-fields';

const hex = (...fields: [string, string][]): string => encodeFields(fields).toString('hex');

describe('encodeFields', () => {
  it('names fields of the static table by index', () => {
    expect(hex([':status', '200'])).toBe('88');
    expect(hex([':status', '404'], ['accept-encoding', 'gzip, deflate'])).toBe('8d90');
  });

  it('gives other values without adding them to a table: RFC 7541, C.2.2', () => {
    expect(hex([':path', '/sample/path'])).toBe('040c2f73616d706c652f70617468');
    expect(hex([':status', '307'])).toBe('0803333037');
  });

  it('gives other names as they are', () => {
    expect(hex(['grpc-status', '0'])).toBe('000b677270632d7374617475730130');
  });

  it('takes more bytes for indexes and lengths that are larger', () => {
    expect(hex(['content-type', ''])).toBe('0f1000');
    const long = encodeFields([['via', 'x'.repeat(1337)]]);
    expect(long.subarray(0, 5).toString('hex')).toBe('0f2d7fba09');
    expect(long).toHaveLength(5 + 1337);
  });
});
