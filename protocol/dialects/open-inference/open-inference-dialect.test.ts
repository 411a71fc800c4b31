import { extensions } from '../../control/extensions';
import { ShoalError } from '../../../core/errors';
import type { DialectAnswer } from '../../../tests/support/dialect-answer';
import { answerOf } from '../../../tests/support/dialect-answer';
import { fakeCatalog } from '../../../tests/support/fake-catalog';
import type { OpenInferenceOptions } from './open-inference-dialect';
import {
  ask,
  dialectWith,
  infer,
  oneInput,
  servables,
  tiny,
} from '../../../tests/support/identity-models';

describe('pages', () => {
  const get = (path: string, options?: Partial<OpenInferenceOptions>): Promise<DialectAnswer> =>
    ask({ method: 'GET', path }, options);

  it.each(['/v2', '/v2/'])('%s says what works', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify({ name: 'shoal', version: '0.1.0', extensions }));
  });

  it('sequences are no extension, as nothing is kept between their steps', async () => {
    const { extensions: told } = JSON.parse((await get('/v2')).text) as { extensions: string[] };
    expect(told).toContain('schedule_policy');
    expect(told.filter((name) => name.startsWith('sequence'))).toEqual([]);
  });

  it('health', async () => {
    expect((await get('/v2/health/live')).text).toBe('{"live":true}');
    expect((await get('/v2/health/ready')).text).toBe('{"live":true,"ready":true}');
    const starting = await get('/v2/health/ready', { ready: () => false });
    expect(starting.status).toBe(503);
    expect(JSON.parse(starting.text)).toMatchObject({ live: true, ready: false });
    expect(JSON.parse(starting.text)).toHaveProperty('error');
    expect((await get('/v2/health/live', { ready: () => false })).status).toBe(200);
  });

  it('a model is described as Triton would', async () => {
    expect((await get('/v2/models/tiny.onnx')).text).toBe(
      '{"name":"tiny","versions":["1"],"platform":"onnxruntime_onnx",' +
        '"inputs":[{"name":"INPUT0","datatype":"FP32","shape":[-1,2]},' +
        '{"name":"INPUT1","datatype":"FP32","shape":[-1,2]}],' +
        '"outputs":[{"name":"OUTPUT0","datatype":"FP32","shape":[-1,2]},' +
        '{"name":"OUTPUT1","datatype":"FP32","shape":[-1,2]}]}',
    );
  });

  it('a model of open rank and with an output that nothing carries', async () => {
    expect(JSON.parse((await get('/v2/models/free')).text)).toMatchObject({
      inputs: [{ name: 'X', datatype: 'FP32', shape: [-1] }],
      outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1] }],
    });
    const body = oneInput('FP32', '[1]', '[1]', ',"outputs":[{"name":"Z"}]');
    const answer = await infer('free', body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'unsupported_value' });
  });

  it('a version behind the colon of the name, as in its own place', async () => {
    expect((await get('/v2/models/frames:2/ready')).status).toBe(200);
    const { text } = await infer('tiny:1', oneInput('FP32', '[1]', '[1]'));
    expect(text).toBe((await infer('tiny/versions/1', oneInput('FP32', '[1]', '[1]'))).text);
    for (const [of, status] of [
      ['tiny:9', 404],
      ['tiny%3A1', 200],
      ['tiny:1/versions/1', 400],
    ] as const) {
      expect([of, (await get(`/v2/models/${of}`)).status]).toEqual([of, status]);
    }
  });

  it('what is not there is 404, on every page of a model', async () => {
    for (const of of ['nope', 'tiny/versions/9']) {
      for (const page of ['', '/ready', '/config']) {
        expect([of, page, (await get(`/v2/models/${of}${page}`)).status]).toEqual([of, page, 404]);
      }
    }
  });

  it('all versions of a model', async () => {
    const { versions } = JSON.parse((await get('/v2/models/frames/versions/1')).text) as {
      versions: string[];
    };
    expect(versions).toEqual(['1', '2']);
  });

  it('a model is ready, not ready, unknown', async () => {
    expect((await get('/v2/models/tiny/ready')).text).toBe('{"name":"tiny","ready":true}');
    expect((await get('/v2/models/tiny/versions/1/ready')).status).toBe(200);
    expect((await get('/v2/models/nope/ready')).status).toBe(404);
    const catalog = {
      ...fakeCatalog(servables),
      resolve(): never {
        throw new ShoalError('model_not_ready', 'it is loading', { retryAfter: 1 });
      },
    };
    const loading = await get('/v2/models/tiny/ready', { catalog });
    expect(loading.status).toBe(503);
    expect(loading.headers['retry-after']).toBe('1');
  });

  it.each([
    ['POST', '/v2', 'GET'],
    ['HEAD', '/v2/health/live', 'GET'],
    ['DELETE', '/v2/models/tiny', 'GET'],
    ['POST', '/v2/models/tiny/ready', 'GET'],
    ['GET', '/v2/models/tiny/infer', 'POST'],
    ['PUT', '/v2/models/tiny/infer', 'POST'],
    ['OPTIONS', '/v2/models/tiny/versions/1/infer', 'POST'],
  ])('%s %s is not allowed', async (method, path, allowed) => {
    const answer = await ask({ method, path });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe(allowed);
  });

  it.each([
    '/',
    '/v2/nope',
    '/v2/models',
    '/v2/models/',
    '/v2/models//infer',
    '/v2/models/tiny/',
    '/v2/models/tiny/nope',
    '/v2/docs',
    '/v2/models/tiny/infer_stream',
    '/v2/models/tiny/generate',
    '/v2/models/tiny/versions/1/generate_stream',
    '/v2/models/tiny/infer/',
    '/v2/models/tiny/constructor',
    '/v2/models/tiny/versions/abc/infer',
    '/v2/models/tiny/versions/-1',
    '/v2/models/tiny/versions/',
    '/v2/models/stats',
    '/V2/models/tiny',
  ])('%s is no route of the protocol', (path) => {
    const { dialect } = dialectWith();
    expect(dialect.match('GET', path)).toBeUndefined();
    expect(dialect.match('POST', path)).toBeUndefined();
  });

  it.each(['..%2Ftiny', '..', '%2e%2e', 'a%2Fb', 'a%5Cb', '%00', '%', '%ff', 'a%20b'])(
    'model name %s is refused',
    async (name) => {
      for (const call of [
        { method: 'GET', path: `/v2/models/${name}` },
        { method: 'POST', path: `/v2/models/${name}/infer`, body: `${tiny}}` },
      ]) {
        const answer = await ask(call);
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.text)).toMatchObject({ code: 'invalid_name' });
      }
    },
  );

  it('paths of infer calls are kept within bounds and keep working', async () => {
    const { dialect } = dialectWith();
    for (let at = 0; at < 2500; at++) dialect.match('POST', `/v2/models/m${at}/infer`);
    const answer = await answerOf(dialect, { path: '/v2/models/tiny/infer', body: `${tiny}}` });
    expect(answer?.status).toBe(200);
  });
});
