import { createHeadReader } from './known-heads';

function head(name: string, size: number, more = ''): Buffer {
  const input = `{"name":"${name}","shape":[${size}],"datatype":"INT8"`;
  return Buffer.from(`{"inputs":[${input},"parameters":{"binary_data_size":${size}}}]${more}}`);
}

describe('a head reader', () => {
  it('reads a head that comes again once', () => {
    const read = createHeadReader();
    const first = read(head('X', 3));
    expect(first.inputs[0]).toMatchObject({ name: 'X', shape: [3] });
    expect(first.blobs).toEqual([{ input: 0, bytes: 3 }]);
    expect(read(head('X', 3))).toBe(first);
  });

  it('does not keep the memory of the body', () => {
    const read = createHeadReader();
    const body = head('X', 3);
    const first = read(body);
    body.fill(0x20);
    expect(read(head('X', 3))).toBe(first);
  });

  it('tells heads apart by every byte', () => {
    const read = createHeadReader();
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < 5000; at++) {
        const name = `X${at}`.padEnd(7, 'y');
        const id = `"id":"${at % 7}"`;
        const call = read(head(name, at, `,${id}`));
        expect([call.inputs[0]?.name, call.inputs[0]?.shape[0], call.id]).toEqual([
          name,
          at,
          String(at % 7),
        ]);
      }
    }
  });

  it('does not keep heads with data, long heads and wrong ones', () => {
    const read = createHeadReader();
    const mixed = head('X', 3)
      .toString()
      .replace('[{', '[{"name":"D","shape":[1],"datatype":"INT8","data":[1]},{');
    expect(read(Buffer.from(mixed))).not.toBe(read(Buffer.from(mixed)));
    const long = head('X', 3, `,"id":"${'i'.repeat(5000)}"`);
    expect(read(long)).not.toBe(read(long));
    for (let round = 0; round < 2; round++) expect(() => read(Buffer.from('{bad'))).toThrow();
  });
});
