import fc from 'fast-check';
import { createAnswerReader } from './answer-reader';

const answers = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx: y\r\n\r\n{}',
  'HTTP/1.1 200 OK\r\nShoal-Default-Answer: overloaded\r\ncontent-length: 1\r\n\r\n0',
  'HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n',
];

it('reads one answer after the other, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 5 }), (cuts) => {
      const reader = createAnswerReader();
      const seen = answers.map((text) => {
        const bytes = Buffer.from(text);
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b)];
        return at.flatMap((from, index) => reader.read(bytes.subarray(from, at[index + 1])) ?? []);
      });
      expect(seen).toEqual([
        [{ status: 200, isDefault: false }],
        [{ status: 200, isDefault: true }],
        [{ status: 503, isDefault: false }],
      ]);
    }),
  );
});

it('refuses an answer whose end it cannot know', () => {
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
  expect(() => createAnswerReader().read(bytes)).toThrow('without content-length');
});
