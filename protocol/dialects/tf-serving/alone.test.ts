import { ShoalError } from '../../../core/errors';
import { floats, floatsOf } from '../../../tests/support/servables';
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

describe('a call of many rows is answered by one version', () => {
  const body = '{"instances":[[1,2],[3,4],[5,6]]}';
  const byVersion = (version: string, { inputs }: InferRequest): Promise<InferResponse> =>
    Promise.resolve({ ...response([{ ...inputs[0]!, name: 'y' }]), version });
  const gone = (version: string): Promise<never> =>
    Promise.reject(new ShoalError('unknown_version', `version ${version} is not found`));

  it('which is the one that has answered its first row', async () => {
    let turns = 2;
    const { requests, notes } = await callTfs('one:predict', body, {
      // Who names none gets another one each time.
      infer: (request) => byVersion(request.version || String((turns += 1)), request),
    });
    expect(requests.map(({ version }) => version)).toEqual(['', '3', '3']);
    expect(notes.version).toBe('3');
  });

  it('begins again where that is gone meanwhile', async () => {
    let standard = '3';
    const { text, requests, notes } = await callTfs('one:predict', body, {
      infer: (request) => {
        if (request.version === '') return byVersion(standard, request);
        if (standard === '3') standard = '4';
        return request.version === '3' ? gone('3') : byVersion(request.version, request);
      },
    });
    expect(text).toBe('{"predictions":[[1,2],[3,4],[5,6]]}');
    expect(requests.map(({ version }) => version)).toEqual(['', '3', '3', '', '4', '4']);
    expect(notes.version).toBe('4');
  });

  it('is refused where it has named that itself, or its time is over', async () => {
    const infer = (request: InferRequest): Promise<InferResponse> =>
      floatsOf(request.inputs[0]!)[0] === 1 ? byVersion('3', request) : gone('3');
    const named = await callTfs('one/versions/3:predict', body, { infer });
    expect([named.status, named.requests.length]).toEqual([404, 3]);
    const headers = { 'shoal-timeout-ms': '50' };
    const began = performance.now();
    const late = await callTfs('one:predict', body, { infer, headers });
    expect(late.status).toBe(404);
    expect(late.requests.length).toBeGreaterThan(3);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
