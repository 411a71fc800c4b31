import { callTfs } from '../../../tests/support/tf-serving-calls';
import type { ReadPicture } from '../../content/read-picture';

/** Two values: how many bytes the picture has, and its first. */
const readPicture: ReadPicture = (bytes, type) => {
  expect(type).toBe('');
  const data = new Uint8Array(Float32Array.of(bytes.length, bytes[0] ?? -1).buffer);
  return Promise.resolve({ name: 'x', datatype: 'FP32', shape: [1, 2], data });
};

const encoded = (text: string): string => `{"b64":"${Buffer.from(text).toString('base64')}"}`;

describe('pictures in instances', () => {
  it.each([
    ['by themselves', `[${encoded('abc')},${encoded('\n')}]`],
    ['under the name', `[{"x":${encoded('abc')}},{"x":${encoded('\n')}}]`],
  ])('are rows: %s', async (_, instances) => {
    const { text, requests } = await callTfs('rows:predict', `{"instances":${instances}}`, {
      readPicture,
    });
    expect(text).toBe('{"predictions":[[3,97],[1,10]]}');
    expect(requests).toHaveLength(1);
  });

  it('go one by one where the model takes one', async () => {
    const body = `{"instances":[${encoded('abc')},${encoded('\n')}]}`;
    const { text, requests } = await callTfs('one:predict', body, { readPicture });
    expect(text).toBe('{"predictions":[[3,97],[1,10]]}');
    expect(requests).toHaveLength(2);
  });

  it('are texts where the model takes those', async () => {
    const { text } = await callTfs('texts:predict', `{"instances":[[${encoded('abc')}]]}`);
    expect(text).toBe('{"predictions":[["abc"]]}');
  });

  it.each([
    [`[${encoded('abc')},[1,2]]`, 400, /^instances\[1\]: wanted a picture/],
    ['[{"b64":"?"}]', 400, /^instances\[0\]: wanted base64/],
  ])('%s is refused', async (instances, wanted, message) => {
    const { status, text } = await callTfs('rows:predict', `{"instances":${instances}}`, {
      readPicture,
    });
    expect([status, (JSON.parse(text) as { error: string }).error]).toEqual([
      wanted,
      expect.stringMatching(message),
    ]);
  });

  it('are refused where they become too large, or are more than the one that fits', async () => {
    const vast: ReadPicture = () =>
      Promise.resolve({ name: 'x', datatype: 'UINT8', shape: [1, 2 ** 27], data: large });
    const large = new Uint8Array(2 ** 27);
    const three = `{"instances":[${[1, 2, 3].map(() => encoded('a')).join(',')}]}`;
    expect((await callTfs('rows:predict', three, { readPicture: vast })).status).toBe(413);
    const alone: ReadPicture = () =>
      Promise.resolve({ name: 'x', datatype: 'UINT8', shape: [1, 1, 2], data: Buffer.alloc(2) });
    const refused = await callTfs('rows:predict', three, { readPicture: alone });
    expect(refused.text).toContain('takes one picture, got 3');
  });
});
