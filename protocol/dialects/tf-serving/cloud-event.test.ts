import { callTfs } from '../../../tests/support/tf-serving-calls';

const binary = {
  'ce-specversion': '1.0',
  'ce-id': 'e-7',
  'ce-source': '/flowers',
  'ce-type': 'org.example.row',
};
const attributes = {
  specversion: '1.0',
  id: 'r-1',
  source: 'io.kserve.inference.longs',
  type: 'io.kserve.inference.response',
  time: '1970-01-01T00:00:00.000Z',
};
const call = '{"instances":[[9007199254740993,2]]}';
const answer = '{"predictions":[[9007199254740993,2]]}';

describe('CloudEvents', () => {
  it('in headers are answered in headers', async () => {
    const { status, text, headers } = await callTfs('longs:predict', call, { headers: binary });
    expect([status, text]).toEqual([200, answer]);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'r-1',
      'ce-source': attributes.source,
      'ce-type': attributes.type,
      'ce-time': attributes.time,
      'shoal-modelhost': 'h-1',
    });
  });

  it('around the call are answered around the answer', async () => {
    const { text, headers } = await callTfs(
      'longs:predict',
      `{"specversion":"1.0","id":"e-7","source":"s","type":"t","data":${call}}`,
      { type: 'application/cloudevents+json; charset=UTF-8' },
    );
    expect(headers).toMatchObject({ 'content-type': 'application/cloudevents+json' });
    expect(text).toBe(`${JSON.stringify(attributes).slice(0, -1)},"data":${answer}}`);
  });

  it('that lack what makes an event are calls like others', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-source': '/flowers',
      'ce-type': 'org.example.row',
    };
    const reply = await callTfs('longs:predict', call, { headers });
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('ce-'))).toEqual([]);
    expect(reply.text).toBe(answer);
  });

  it.each([
    [`{"specversion":"1.0","source":"s","type":"t","data":${call}}`, /'id', got nothing/],
    ['{"specversion":"1.0","id":"1","source":"s","type":"t","data":"x"}', /'data', got "x"/],
  ])('%s is refused', async (body, message) => {
    const type = 'application/cloudevents+json';
    const { status, text } = await callTfs('longs:predict', body, { type });
    expect([status, (JSON.parse(text) as { error: string }).error]).toEqual([
      400,
      expect.stringMatching(message),
    ]);
  });
});
