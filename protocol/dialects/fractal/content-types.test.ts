import { answerOf, type DialectAnswer } from '../../../tests/support/dialect-answer';
import { fakeCatalog } from '../../../tests/support/fake-catalog';
import type { FakeCall } from '../../../tests/support/fake-exchange';
import { servable, spec } from '../../../tests/support/servables';
import type { Infer } from '../../infer';
import { createFractalDialect } from './fractal-dialect';

let runs = 0;

const echo: Infer = (request) => {
  runs++;
  const { model, inputs: outputs } = request;
  return Promise.resolve({ model, version: '1', outputs, host: 'h', batchRows: 1 });
};

const longs = servable([spec('n', [null, 2], 'INT64')], [spec('n', [null, 2], 'INT64')]);
const dialect = createFractalDialect({
  infer: echo,
  catalog: fakeCatalog([longs]),
  prefix: '/api/v1/models',
  readPicture: () => Promise.reject(new Error('no picture')),
});

async function send(call: Omit<FakeCall, 'path'>): Promise<DialectAnswer> {
  return (await answerOf(dialect, { path: '/api/v1/models/m/prediction', ...call }))!;
}

const body = '{"values":[[9007199254740993,-1],[2,3]]}';

test('the same rows by each content type, answered as Accept says', async () => {
  const json = await send({ body });
  const npy = await send({
    type: 'text/csv',
    body: '9007199254740993,-1\n2,3\n',
    headers: { accept: 'application/x-npy, application/json;q=0.5' },
  });
  expect(npy.headers).toMatchObject({ 'content-type': 'application/x-npy' });
  const again = await send({ type: 'application/x-npy', body: npy.bytes });
  expect(again.text).toBe(json.text);
  const raw = await send({ body, headers: { accept: 'application/octet-stream' } });
  expect(raw.headers).toMatchObject({ 'shoal-datatype': 'INT64', 'shoal-shape': '2,2' });
  const lines = await send({
    type: 'application/octet-stream',
    body: raw.bytes,
    headers: { accept: 'application/x-ndjson' },
  });
  expect(lines.headers).toMatchObject({ 'content-type': 'application/x-ndjson' });
  expect(lines.text).toBe('[9007199254740993,-1]\n[2,3]\n');
});

test('406 where no answer is acceptable, before the model runs', async () => {
  runs = 0;
  const answer = await send({ body, headers: { accept: 'text/html' } });
  expect([answer.status, runs]).toEqual([406, 0]);
  expect(answer.text).toContain('application/json, text/csv');
});
