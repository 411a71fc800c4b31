import { callTfs } from '../../../tests/support/tf-serving-calls';

const features = '{"examples":[{"a":[1,2],"b":0.5},{"a":[3,4],"b":[2]}]}';

describe(':classify', () => {
  it.each([
    ['{"examples":[{"x":[0.25,0.75]},{"x":[1,0]}]}', '[[["0",0.25],["1",0.75]],[["0",1],["1",0]]]'],
    ['{"context":{"x":[0.25,NaN]},"examples":[{}]}', '[[["0",0.25],["1",NaN]]]'],
    ['{"context":{"x":[1,2]},"examples":[{"x":[3,4],"y":5}]}', '[[["0",3],["1",4]]]'],
    ['{"signature_name":"","examples":[{"x":[1,2]}]}', '[[["0",1],["1",2]]]'],
  ])('%s', async (body, results) => {
    const { status, text, requests } = await callTfs('rows:classify', body);
    expect([status, text]).toEqual([200, `{"results":${results}}`]);
    expect(requests).toMatchObject([{ outputs: ['y'] }]);
  });

  it('has the labels of the model, numbers where there are none', async () => {
    const { text } = await callTfs('named:classify', '{"examples":[{"x":[1,2,3]}]}');
    expect(text).toBe('{"results":[[["a\\"",1],["1",2],["2",3]]]}');
  });

  it.each([
    ['rows', '{}', /Expected "examples" to be a list, got nothing/],
    ['rows', '{"examples":[]}', /at least one/],
    ['rows', '{"examples":[1]}', /^examples\[0\]: wanted an object/],
    ['rows', '{"examples":[{"x":[1,2]},{"z":1}]}', /^examples\[1\]: 'x' is missing/],
    ['rows', '{"examples":[{"x":[1,2]},{"x":[1]}]}', /same length/],
    ['rows', '{"examples":[{"x":[1,2]}],"context":3}', /^context: wanted an object/],
    ['rows', '{"examples":[{"x":[1,2]}],"signature_name":"s"}', /signature_name/],
    ['pair', features, /'pair' cannot classify: wanted one output that is scores.*it has none/],
    ['deep', '{"examples":[{"x":[1]}]}', /cannot be asked by examples: input 'x'/],
  ])('refuses %s %s', async (model, body, message) => {
    const { status, text, requests } = await callTfs(`${model}:classify`, body);
    expect([status, requests.length]).toEqual([400, 0]);
    expect((JSON.parse(text) as { error: string }).error).toMatch(message);
  });
});

describe(':regress', () => {
  it('gives a number for each example', async () => {
    const { text, requests } = await callTfs('pair:regress', features);
    expect(text).toBe('{"results":[0.5,2]}');
    expect(requests).toMatchObject([
      { outputs: ['"b"'], inputs: [{ shape: [2, 2] }, { shape: [2] }] },
    ]);
  });

  it('is refused where no output is a number', async () => {
    const { status, text } = await callTfs('rows:regress', '{"examples":[{"x":[1,2]}]}');
    expect(status).toBe(400);
    expect(text).toMatch(/cannot regress: wanted one output that is a number/);
  });
});

test(':explain is not offered', async () => {
  const { status, text } = await callTfs('rows:explain', '{"instances":[[1,2]]}');
  expect([status, JSON.parse(text)]).toEqual([
    501,
    expect.objectContaining({ code: 'unsupported' }),
  ]);
});
