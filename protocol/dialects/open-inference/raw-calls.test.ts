import { errorOf, infer } from '../../../tests/support/identity-models';

describe('raw calls', () => {
  const raw = { 'inference-header-content-length': '0' };
  const floats = (count: number): Buffer => Buffer.from(new Float32Array(count).fill(1.5).buffer);

  async function shapeOf(name: string, body: Buffer): Promise<unknown> {
    const answer = await infer(name, body, raw);
    expect(answer.status).toBe(200);
    const head = Number(answer.headers['inference-header-content-length']);
    const json = JSON.parse(answer.bytes.toString('utf8', 0, head)) as {
      outputs: { shape: unknown }[];
    };
    return json.outputs[0]?.shape;
  }

  it('take the free dimension from the size', async () => {
    expect(await shapeOf('FP32', floats(5))).toEqual([5]);
    expect(await shapeOf('frames', floats(12))).toEqual([1, 3, 4]);
    expect(await shapeOf('free', floats(2))).toEqual([2]);
  });

  it('take one string for a BYTES input', async () => {
    const answer = await infer('BYTES', Buffer.from('héllo'), raw);
    expect(answer.bytes.subarray(-10)).toEqual(Buffer.from('0600000068c3a96c6c6f', 'hex'));
  });

  it.each([
    ['tiny', floats(4), 'Raw request must only have 1 input (found 1) to be deduced but got 2'],
    ['FP32', Buffer.alloc(5), 'input byte size mismatch'],
    ['frames', floats(4), 'input byte size mismatch'],
  ])('are refused for %s where they do not fit', async (name, body, message) => {
    const answer = await infer(name, body, raw);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toContain(message);
  });

  it('of an unknown model are 404', async () => {
    expect((await infer('nope', floats(1), raw)).status).toBe(404);
  });
});
