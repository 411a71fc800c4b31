import { bytesElements } from '../protocol/bytes-elements';
import type { InferResponse } from '../protocol/infer';
import { context, floats, request, servable, spec } from '../tests/support/servables';
import { withClasses } from './classified';

const model = {
  ...servable([spec('x', ['n', 2])], [spec('y', ['n', 2]), spec('half', ['n', 2], 'FP16')]),
  classLabels: { y: ['cat', 'dog'] },
};
const outputs = [floats('y', [2, 2], [1, 2, 4, 3]), floats('z', [1], [1])];

describe('withClasses', () => {
  const answer = withClasses(() =>
    Promise.resolve({ outputs, host: 'h' } as unknown as InferResponse),
  );

  test('gives what is wanted as classes as such, with labels, and the rest as it is', async () => {
    const asked = { ...request(model, []), classes: new Map([['y', 1]]) };
    const { outputs: got, host } = await answer(asked, context());
    expect(host).toBe('h');
    expect(got[1]).toBe(outputs[1]);
    expect(bytesElements('y', got[0]!.data).map(String)).toEqual([
      '2.000000:1:dog',
      '4.000000:0:cat',
    ]);
  });

  test('passes on what asks for none', async () => {
    expect((await answer(request(model, []), context())).outputs).toBe(outputs);
  });

  test('refuses outputs without classes before anything runs', () => {
    const asked = { ...request(model, []), classes: new Map([['half', 1]]) };
    const never = withClasses(() => {
      throw new Error('it was run');
    });
    expect(() => never(asked, context())).toThrow(/'half' is not possible/);
  });
});
