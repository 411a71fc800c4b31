import fc from 'fast-check';
import { ShoalError } from '../../../core/errors';
import { multipartFile } from './multipart-file';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

function compose(boundary: string, fields: readonly Field[]): Buffer {
  const parts = fields.flatMap((field) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${field.name}"; filename="a.png"\r\n` +
        `Content-Type: ${field.type}\r\n\r\n`,
    ),
    field.bytes,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}

const type = 'multipart/form-data; boundary=xyz';
const picture: Field = { name: 'file', type: 'image/png', bytes: Buffer.from('\r\n--xy\r\n') };

describe('multipartFile', () => {
  test('finds the file among other fields', () => {
    const other = { name: 'note', type: 'text/plain', bytes: Buffer.from('hi') };
    const file = multipartFile(type, compose('xyz', [other, picture]), 'file');
    expect(file.contentType).toBe('image/png');
    expect(file.bytes).toEqual(picture.bytes);
  });

  test('any bytes come back as they went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const body = compose('a-b.c', [{ ...picture, bytes: Buffer.from(bytes) }]);
        const file = multipartFile('multipart/form-data; boundary="a-b.c"', body, 'file');
        expect(file.bytes).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('accepts a preamble before the first delimiter', () => {
    const body = Buffer.concat([Buffer.from('hello\r\n'), compose('xyz', [picture])]);
    expect(multipartFile(type, body, 'file').bytes).toEqual(picture.bytes);
  });

  test.each([
    ['a wrong field', compose('xyz', [{ ...picture, name: 'image' }]), /got fields: 'image'/],
    ['a field twice', compose('xyz', [picture, picture]), /got fields: 'file', 'file'/],
    ['no fields', Buffer.from('--xyz--\r\n'), /got fields: none/],
    ['a body cut short', compose('xyz', [picture]).subarray(0, -10), /ends before/],
    ['another boundary', compose('abc', [picture]), /delimiter is not in it/],
    ['an empty body', Buffer.alloc(0), /delimiter is not in it/],
    ['a part without name', Buffer.from('--xyz\r\nA: b\r\n\r\nx\r\n--xyz--'), /no name/],
  ])('refuses %s', (_what, body, message) => {
    expect(() => multipartFile(type, body, 'file')).toThrow(message);
  });

  test('never fails with anything but a client error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (noise, cut) => {
        const body = Buffer.from(compose('xyz', [picture]));
        body.set(noise.subarray(0, Math.max(0, body.length - cut)), Math.min(cut, body.length));
        try {
          multipartFile(type, body, 'file');
        } catch (error) {
          expect(error).toBeInstanceOf(ShoalError);
        }
      }),
    );
  });
});
