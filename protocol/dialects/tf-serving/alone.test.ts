import { floats } from '../../../tests/support/servables';
import { callTfs } from '../../../tests/support/tf-serving-calls';
import type { InferRequest, InferResponse } from '../../infer';

function response(outputs: InferResponse['outputs']): InferResponse {
  return { model: 'rows', version: '3', outputs, host: 'h-1', batchRows: 1 };
}

describe('models that take one row', () => {
  const body = '{"instances":[[1,2],[3,4],[5,6]]}';

  it('are asked for each instance', async () => {
    const { text, requests, notes } = await callTfs('one:predict', body);
    expect(text).toBe('{"predictions":[[1,2],[3,4],[5,6]]}');
    expect(requests.map(({ inputs }) => inputs[0]!.shape)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(notes.rows).toBe(3);
  });

  it('get scalars of each instance', async () => {
    const asked: InferRequest[] = [];
    const { text } = await callTfs(
      'rate:predict',
      '{"instances":[{"x":[1,2],"rate":8},{"x":[3,4],"rate":16}]}',
      {
        infer: (request) => {
          asked.push(request);
          return Promise.resolve(response([{ ...request.inputs[0]!, name: 'y' }]));
        },
      },
    );
    expect(text).toBe('{"predictions":[[1,2],[3,4]]}');
    expect(asked.map(({ inputs }) => inputs[1]!.shape)).toEqual([[], []]);
    expect(asked.map(({ inputs }) => inputs[1]!.data[0])).toEqual([8, 16]);
  });

  it('may answer each in another shape', async () => {
    let wide = 0;
    const { text } = await callTfs('one:predict', body, {
      infer: () => {
        wide += 1;
        return Promise.resolve(response([floats('y', [1, wide], Array<number>(wide).fill(wide))]));
      },
    });
    expect(text).toBe('{"predictions":[[1],[2,2],[3,3,3]]}');
  });

  it('are not asked for more than 10,000 in a call', async () => {
    const instances = (count: number) =>
      JSON.stringify({ instances: Array.from({ length: count }, () => [1, 2]) });
    const { status, text, requests } = await callTfs('one:predict', instances(10_001));
    expect([status, requests.length]).toEqual([413, 0]);
    expect(text).toContain('takes one row at a time');
    expect((await callTfs('rows:predict', instances(10_001))).status).toBe(200);
  });

  it('are not all asked at a time, and no more after a failure', async () => {
    let open = 0;
    let most = 0;
    let asked = 0;
    const instances = JSON.stringify({ instances: Array.from({ length: 100 }, () => [1, 2]) });
    const { status } = await callTfs('one:predict', instances, {
      infer: async (request) => {
        asked += 1;
        most = Math.max(most, (open += 1));
        await Promise.resolve();
        open -= 1;
        if (asked > 40) throw new Error('no more');
        return response([{ ...request.inputs[0]!, name: 'y' }]);
      },
    });
    expect(status).toBe(500);
    expect(most).toBe(16);
    expect(asked).toBeLessThan(64);
  });
});
