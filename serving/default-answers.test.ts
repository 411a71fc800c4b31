import { ShoalError, type ErrorCode } from '../core/errors';
import type { DefaultAnswer } from '../protocol/catalog';
import type { InferContext, InferResponse } from '../protocol/infer';
import { segmentsParameter } from '../protocol/link/http-parameters';
import { context, floats, request, servable, spec } from '../tests/support/servables';
import { withDefaultAnswers } from './default-answers';

const defaultAnswer: DefaultAnswer = {
  afterMs: 50,
  outputs: [
    { name: 'y', datatype: 'UINT8', shape: [1, 2], base64: 'BwA=' },
    { name: 'z', datatype: 'UINT8', shape: [2], base64: 'AQI=' },
  ],
};

const plain = servable([spec('x', ['n', 1])], [spec('y', ['n', 2]), spec('z', [2])]);
const model = { ...plain, defaultAnswer };
const rows = (count: number) => [floats('x', [count, 1], Array<number>(count).fill(0))];

/** Asks a spine that fails with `code`, or answers where that is not given. */
function asked(code?: ErrorCode) {
  const seen: InferContext[] = [];
  const counted: string[] = [];
  const real = { model: 'm', version: '1', outputs: [], host: 'h', batchRows: 1 };
  const infer = withDefaultAnswers(
    (_, reason) => counted.push(reason),
    (_, given): Promise<InferResponse> => {
      seen.push(given);
      return code === undefined ? Promise.resolve(real) : Promise.reject(new ShoalError(code, ''));
    },
  );
  return { seen, counted, infer };
}

describe('default answers', () => {
  test('stand for a late answer, for as many rows as were asked, flagged and counted', async () => {
    const { infer, counted } = asked('deadline_exceeded');
    const answer = await infer(request(model, rows(3)), context());
    expect(answer).toMatchObject({ host: '', batchRows: 0, defaultFor: 'deadline_exceeded' });
    expect(answer.outputs.map(({ name, shape, data }) => [name, shape, [...data]])).toEqual([
      ['y', [3, 2], [7, 0, 7, 0, 7, 0]],
      ['z', [2], [1, 2]],
    ]);
    expect(counted).toEqual(['deadline_exceeded']);
  });

  test('have the wanted outputs in the wanted order', async () => {
    const { infer } = asked('overloaded');
    const answer = await infer(request(model, rows(1), ['z', 'y']), context());
    expect(answer.outputs.map(({ name }) => name)).toEqual(['z', 'y']);
  });

  test('shorten the deadline to the objective, never lengthen it', async () => {
    const { infer, seen } = asked();
    await infer(request(model, rows(1)), context({ arrivedAt: 1000, deadline: Infinity }));
    await infer(request(model, rows(1)), context({ arrivedAt: 1000, deadline: 1020 }));
    const patient = { ...model, defaultAnswer: { ...defaultAnswer, afterMs: null } };
    await infer(request(patient, rows(1)), context({ arrivedAt: 1000, deadline: Infinity }));
    expect(seen.map(({ deadline }) => deadline)).toEqual([1050, 1020, Infinity]);
  });

  test('whether the caller has gone is still asked of the call', async () => {
    const { infer, seen } = asked();
    const caller = { gone: false };
    const call = context({ deadline: Infinity });
    Object.defineProperty(call, 'gone', { get: () => caller.gone });
    await infer(request(model, rows(1)), call);
    caller.gone = true;
    expect(seen[0]?.gone).toBe(true);
  });

  test('stand for what a version is refused for that cannot be asked, which is not tried', async () => {
    const { infer, seen, counted } = asked();
    const failed = { ...model, refusal: 'it keeps killing its runner' };
    const answer = await infer(request(failed, rows(2)), context());
    expect(answer).toMatchObject({ version: '1', defaultFor: 'model_not_ready' });
    expect(answer.outputs[0]?.shape).toEqual([2, 2]);
    expect([seen, counted]).toEqual([[], ['model_not_ready']]);
    const parameters = new Map([[segmentsParameter, '[]']]);
    await expect(
      infer({ ...request(failed, rows(2)), parameters }, context()),
    ).rejects.toMatchObject({ code: 'model_not_ready', message: failed.refusal });
  });

  test.each<ErrorCode>(['run_failed', 'invalid_request', 'client_closed', 'internal'])(
    'do not stand for %s',
    async (code) => {
      const { infer, counted } = asked(code);
      await expect(infer(request(model, rows(1)), context())).rejects.toMatchObject({ code });
      expect(counted).toEqual([]);
    },
  );

  test('are not given to an inferrer, which gives its callers their own', async () => {
    const { infer } = asked('overloaded');
    const batch = { ...request(model, rows(1)), parameters: new Map([[segmentsParameter, '[]']]) };
    await expect(infer(batch, context())).rejects.toMatchObject({ code: 'overloaded' });
  });

  test('models without one are not touched', async () => {
    const { infer, seen } = asked('overloaded');
    const given = context();
    await expect(infer(request(plain, rows(1)), given)).rejects.toMatchObject({
      code: 'overloaded',
    });
    expect(seen[0]).toBe(given);
  });
});
