import { answerOf } from '../../../tests/support/dialect-answer';
import {
  ask,
  binary,
  dialectWith,
  errorOf,
  infer,
  oneInput,
  tiny,
} from '../../../tests/support/identity-models';

describe('JSON calls', () => {
  it('answer in the order of keys that Triton has', async () => {
    const answer = await infer('tiny', `${tiny}}`);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      '{"model_name":"tiny","model_version":"1","outputs":[' +
        '{"name":"OUTPUT0","datatype":"FP32","shape":[1,2],"data":[1,2.5]},' +
        '{"name":"OUTPUT1","datatype":"FP32","shape":[1,2],"data":[3,0.1]}]}',
    );
    expect(answer.headers).toEqual({
      'content-type': 'application/json',
      'shoal-modelhost': 'host-1',
      'shoal-batch-rows': '5',
    });
  });

  it('echo the id, but not an empty one', async () => {
    expect((await infer('tiny', `${tiny},"id":"a\\"1"}`)).text).toMatch(
      /^\{"id":"a\\"1","model_name"/,
    );
    expect((await infer('tiny', `${tiny},"id":""}`)).text).toMatch(/^\{"model_name"/);
  });

  it('give all outputs for an empty list and else those asked for, in their order', async () => {
    const names = async (outputs: string): Promise<string[]> => {
      const answer = await infer('tiny', `${tiny},"outputs":${outputs}}`);
      const body = JSON.parse(answer.text) as { outputs: { name: string }[] };
      return body.outputs.map(({ name }) => name);
    };
    expect(await names('[]')).toEqual(['OUTPUT0', 'OUTPUT1']);
    expect(await names('[{"name":"OUTPUT1"},{"name":"OUTPUT0"}]')).toEqual(['OUTPUT1', 'OUTPUT0']);
  });

  it('give outputs as their best classes', async () => {
    const answer = await infer(
      'tiny',
      `${tiny},"outputs":[{"name":"OUTPUT1"},{"name":"OUTPUT0","parameters":{"classification":1}}]}`,
    );
    expect(JSON.parse(answer.text)).toMatchObject({
      outputs: [
        { name: 'OUTPUT1', datatype: 'FP32' },
        { name: 'OUTPUT0', datatype: 'BYTES', shape: [1, 1], data: ['2.500000:1'] },
      ],
    });
  });

  it('give outputs as they are for no class', async () => {
    const answer = await infer(
      'tiny',
      `${tiny},"outputs":[{"name":"OUTPUT0","parameters":{"classification":0}}]}`,
    );
    expect(JSON.parse(answer.text)).toMatchObject({ outputs: [{ datatype: 'FP32' }] });
  });

  it('ignore unknown keys, the content type and the path parameter encoding', async () => {
    const body = `${tiny},"foo":{"__proto__":[1]},"__proto__":{"inputs":[]}}`;
    const path = '/v2/models/%74iny.onnx/versions/1/infer';
    const answer = await ask({ method: 'POST', path, body, type: 'text/html' });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['BOOL', '[true,false]', '[true,false]'],
    ['UINT8', '[0,255]', '[0,255]'],
    ['INT32', '[-2147483648,2147483647]', '[-2147483648,2147483647]'],
    ['INT64', '[9007199254740993,-9223372036854775808]', '[9007199254740993,-9223372036854775808]'],
    ['UINT64', '[18446744073709551615,1]', '[18446744073709551615,1]'],
    ['FP16', '[0.1,65520]', '[0.0999755859375,Infinity]'],
    ['FP32', '[0.1,1e3]', '[0.1,1000]'],
    ['FP64', '[NaN,-Infinity]', '[NaN,-Infinity]'],
    ['BYTES', '["héllo",""]', '["héllo",""]'],
  ])('carry %s', async (datatype, given, expected) => {
    const answer = await infer(datatype, oneInput(datatype, '[2]', given));
    expect(answer.text).toContain(`"data":${expected}}`);
    expect(answer.status).toBe(200);
  });

  it('pass over content_type, by which MLServer decodes tensors', async () => {
    const parameters = '"parameters":{"content_type":"base64"}';
    const input = `{"name":"X","shape":[1],"datatype":"BYTES","data":["YQ=="],${parameters}}`;
    const answer = await infer('BYTES', `{"inputs":[${input}],${parameters}}`);
    expect(answer.text).toContain('"data":["YQ=="]}');
  });

  it('carry empty tensors', async () => {
    expect((await infer('INT64', oneInput('INT64', '[0]', '[]'))).text).toContain('"data":[]');
  });

  it('see decimals in integer tensors whatever else the request holds', async () => {
    const spelled = ['1.0', '1e3', '1E0', '"1"'];
    for (const datatype of ['INT64', 'UINT8', '\\u0049NT32']) {
      for (const text of spelled) {
        const name = datatype.replace('\\u0049', 'I');
        const answer = await infer(name, oneInput(datatype, '[1]', `[${text}]`));
        expect(answer.status).toBe(400);
        expect(errorOf(answer)).toContain("input 'X': element 0 of");
      }
    }
  });

  it.each([
    ['{bad', 'failed to parse the request JSON buffer: a name in quotes is wanted'],
    ['', 'failed to parse the request JSON buffer: a value is wanted'],
    [`${tiny}}xx`, 'nothing must follow the JSON value'],
    ['[]', 'must be an object'],
    ['null', 'must be an object'],
    ['{}', "'inputs' must be an array"],
    ['{"inputs":{}}', "'inputs' must be an array"],
    ['{"inputs":[5]}', 'inputs[0] must be an object'],
    [`${tiny},"id":5}`, "'id' must be a string"],
    ['{"inputs":[{"shape":[1],"datatype":"FP32","data":[1]}]}', "Unable to parse 'name'"],
    ['{"inputs":[{"name":"X","datatype":"FP32","data":[1]}]}', "Unable to parse 'shape'"],
    ['{"inputs":[{"name":"X","shape":[1],"data":[1]}]}', 'invalid datatype for input X'],
    ['{"inputs":[{"name":"X","shape":[1],"datatype":"FP32"}]}', 'But no field is set'],
    [
      '{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[1],"parameters":{"binary_data_size":4}}]}',
      "Input must set only one of the following fields: 'data', 'binary_data_size'",
    ],
    [oneInput('FLOAT', '[1]', '[1]'), 'invalid datatype for input X'],
    [oneInput('BF16', '[1]', '[1]'), 'invalid datatype for input X'],
    [oneInput('FP32', '[1,-2]', '[1]'), "Unable to parse 'shape'"],
    [oneInput('FP32', '[1.0]', '[1]'), "Unable to parse 'shape'"],
    [oneInput('FP32', '["1"]', '[1]'), "Unable to parse 'shape'"],
    [oneInput('FP32', '1', '[1]'), "Unable to parse 'shape'"],
    [oneInput('FP32', '[2147483648,2147483648,4]', '[1]'), 'at most 2147483647 elements'],
    [oneInput('FP32', '[65536,65536]', '[1]'), 'at most 2147483647 elements'],
    [oneInput('FP32', '[3]', '[1,2]'), 'shape [3] holds 3 values, got 2'],
    [oneInput('FP32', '[1]', '{}'), "Unable to parse 'data'"],
    [oneInput('FP32', '[1]', 'null'), "Unable to parse 'data'"],
    [oneInput('BYTES', '[1]', '["a\\u0000b"]'), 'without NUL'],
    [
      '{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[1]},{"name":"X","shape":[1],"datatype":"FP32","data":[1]}]}',
      "input 'X' already exists in request",
    ],
    [`${tiny},"outputs":5}`, "'outputs' must be an array"],
    [`${tiny},"outputs":["OUTPUT0"]}`, "Unable to parse 'name'"],
    [`${tiny},"outputs":[{"name":"OUTPUT0"},{"name":"OUTPUT0"}]}`, 'already exists in request'],
    [
      `${tiny},"outputs":[{"name":"OUTPUT0","parameters":{"binary_data":1}}]}`,
      "Unable to parse 'binary_data'",
    ],
    [
      `${tiny},"outputs":[{"name":"OUTPUT0","parameters":{"classification":-1}}]}`,
      "Unable to set 'classification': output 'OUTPUT0' must have a whole number from 0",
    ],
    [
      `${tiny},"outputs":[{"name":"OUTPUT0","parameters":{"classification":"x"}}]}`,
      "Unable to set 'classification'",
    ],
    [`${tiny},"outputs":[{"name":"NONE"}]}`, "unexpected inference output 'NONE' for model 'tiny'"],
    [`${tiny},"parameters":5}`, "'parameters' must be an object"],
    [`${tiny},"parameters":{"a":{}}}`, "parameter 'a' has invalid type"],
    [`${tiny},"parameters":{"a":null}}`, "parameter 'a' has invalid type"],
    [`${tiny},"parameters":{"triton_x":1}}`, "parameter keys starting with 'triton_' are reserved"],
    [`${tiny},"parameters":{"sequence_id":-1}}`, "parameter 'sequence_id' must be a whole number"],
    [`${tiny},"parameters":{"sequence_id":1.5}}`, "parameter 'sequence_id' must be"],
    [`${tiny},"parameters":{"sequence_id":true}}`, "parameter 'sequence_id' must be"],
    [
      `${tiny},"parameters":{"sequence_start":1}}`,
      "parameter 'sequence_start' must be true or false",
    ],
    [`${tiny},"parameters":{"sequence_end":"x"}}`, "parameter 'sequence_end' must be true or"],
    [`${tiny},"parameters":{"timeout":-1}}`, "parameter 'timeout' must be a whole number"],
    [`${tiny},"parameters":{"timeout":"5"}}`, "parameter 'timeout' must be a whole number"],
    [`${tiny},"parameters":{"priority":1.5}}`, "parameter 'priority' must be a whole number"],
    [`${tiny},"parameters":{"binary_data_output":1}}`, "Unable to parse 'binary_data_output'"],
    [
      '{"inputs":[{"name":"INPUT0","shape":[1],"datatype":"FP32","parameters":{"shared_memory_region":"r","shared_memory_byte_size":4}}]}',
      'shared memory is not offered',
    ],
  ])('are refused: %s', async (body, message) => {
    const answer = await infer('tiny', body);
    expect(errorOf(answer)).toContain(message);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('of an unknown model are that before they are anything else', async () => {
    const answer = await infer('nope', '{bad');
    expect(answer.status).toBe(404);
    expect(errorOf(answer)).toBe("Request for unknown model: 'nope' is not found");
    const version = await ask({
      method: 'POST',
      path: '/v2/models/tiny/versions/7/infer',
      body: `${tiny}}`,
    });
    expect(version.status).toBe(404);
    expect(errorOf(version)).toContain("'tiny' version 7 is not found");
  });

  it('refuse bytes that are no UTF-8', async () => {
    const answer = await infer('tiny', Buffer.from([0x22, 0xff, 0x22]));
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toContain('must be UTF-8');
  });

  it('name the output that JSON cannot hold', async () => {
    const json =
      '{"inputs":[{"name":"X","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":6}}]}';
    const bytes = Buffer.from([2, 0, 0, 0, 0xff, 0xfe]);
    const { dialect } = dialectWith({
      infer: ({ inputs }) =>
        Promise.resolve({
          model: 'm',
          version: '1',
          outputs: [{ ...inputs[0]!, name: 'Y' }],
          host: 'h',
          batchRows: 1,
        }),
    });
    const [body, headers] = binary(json, bytes);
    const answer = await answerOf(dialect, { path: '/v2/models/BYTES/infer', body, headers });
    expect(answer?.status).toBe(400);
    expect(errorOf(answer!)).toContain("output 'Y'");
    expect(JSON.parse(answer!.text)).toMatchObject({ code: 'unrepresentable_output' });
  });

  it('note what the access log wants', async () => {
    const answer = await infer('tiny', `${tiny}}`);
    expect(answer.notes).toMatchObject({
      dialect: 'oip',
      model: 'tiny',
      version: '1',
      host: 'host-1',
      rows: 1,
      batchRows: 5,
      stages: { run: 7 },
    });
  });
});
