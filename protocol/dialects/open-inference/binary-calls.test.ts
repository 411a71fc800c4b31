import { ShoalError } from '../../../core/errors';
import type { Infer } from '../../infer';
import { bytesData } from '../../bytes-elements';
import type { Datatype } from '../../datatype';
import {
  ask,
  binary,
  blobS,
  blobX,
  errorOf,
  header,
  infer,
  tiny,
} from '../../../tests/support/identity-models';

describe('binary calls', () => {
  it('have the bytes of the reference', () => {
    expect(Buffer.byteLength(header)).toBe(233);
    expect(binary(header, blobX, blobS)[0]).toHaveLength(255);
    expect(bytesData(['héllo', ''])).toEqual(blobS);
  });

  it('answer JSON and then the data', async () => {
    const answer = await infer('mixed', ...binary(header, blobX, blobS));
    const json =
      '{"model_name":"mixed","model_version":"1","outputs":[{"name":"Y","datatype":"FP32",' +
      '"shape":[1,2],"parameters":{"binary_data_size":8}}]}';
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(answer.headers['inference-header-content-length']).toBe(String(json.length));
    expect(answer.bytes).toEqual(Buffer.concat([Buffer.from(json), blobX]));
  });

  it('mix with JSON either way', async () => {
    const json =
      '{"inputs":[{"name":"X","shape":[1,2],"datatype":"FP32","data":[1.5,-2]},' +
      '{"name":"S","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":14}}],' +
      '"outputs":[{"name":"T","parameters":{"binary_data":true}},{"name":"Y"}],' +
      '"parameters":{"binary_data_output":true}}';
    const answer = await infer('mixed', ...binary(json, blobS));
    const head = Number(answer.headers['inference-header-content-length']);
    expect(JSON.parse(answer.bytes.toString('utf8', 0, head))).toMatchObject({
      outputs: [
        { name: 'T', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 14 } },
        { name: 'Y', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] },
      ],
    });
    expect(answer.bytes.subarray(head)).toEqual(blobS);
  });

  it('answer classes with their lengths in front, as Triton does', async () => {
    const json =
      '{"inputs":[{"name":"X","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}},' +
      '{"name":"S","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":14}}],' +
      '"outputs":[{"name":"Y","parameters":{"binary_data":true,"classification":2}}]}';
    const answer = await infer('mixed', ...binary(json, blobX, blobS));
    const head = Number(answer.headers['inference-header-content-length']);
    expect(JSON.parse(answer.bytes.toString('utf8', 0, head))).toMatchObject({
      outputs: [{ name: 'Y', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 29 } }],
    });
    const texts = ['1.500000:0', '-2.000000:1'];
    expect(answer.bytes.subarray(head)).toEqual(bytesData(texts));
  });

  it('answer all outputs in binary where the request says so and lists none', async () => {
    const body = `${tiny},"parameters":{"binary_data_output":true}}`;
    const answer = await infer('tiny', body);
    const head = Number(answer.headers['inference-header-content-length']);
    expect(answer.bytes).toHaveLength(head + 16);
    expect(answer.bytes.readFloatLE(head + 4)).toBe(2.5);
  });

  it('answer plain JSON where all binary outputs are empty', async () => {
    const json =
      '{"inputs":[{"name":"X","shape":[0],"datatype":"INT64","parameters":{"binary_data_size":0}}],' +
      '"parameters":{"binary_data_output":true}}';
    const answer = await infer('INT64', ...binary(json));
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['inference-header-content-length']).toBeUndefined();
    expect(answer.text).toContain('"parameters":{"binary_data_size":0}');
  });

  it('make every BOOL byte 0 or 1', async () => {
    const json =
      '{"inputs":[{"name":"X","shape":[3],"datatype":"BOOL","parameters":{"binary_data_size":3}}],' +
      '"outputs":[{"name":"Y","parameters":{"binary_data":true}}]}';
    const answer = await infer('BOOL', ...binary(json, Buffer.from([0, 2, 255])));
    expect(answer.bytes.subarray(-3)).toEqual(Buffer.from([0, 1, 1]));
  });

  it('carry every fixed-size datatype untouched', async () => {
    const sizes: [Datatype, number][] = [
      ['UINT8', 1],
      ['FP16', 2],
      ['FP32', 4],
      ['INT64', 8],
    ];
    for (const [datatype, size] of sizes) {
      const data = Buffer.from(Array.from({ length: size * 3 }, (_, at) => 250 - at * 7));
      const json =
        `{"inputs":[{"name":"X","shape":[3],"datatype":"${datatype}","parameters":` +
        `{"binary_data_size":${data.length}}}],"parameters":{"binary_data_output":true}}`;
      const answer = await infer(datatype, ...binary(json, data));
      expect(answer.bytes.subarray(-data.length)).toEqual(data);
    }
  });

  it('are done with their body when the model has answered, and not before', async () => {
    const response = { model: 'mixed', version: '1', outputs: [], host: 'h', batchRows: 1 };
    const outcomes: Readonly<Record<string, Infer>> = {
      answered: () => Promise.resolve(response),
      'answered by default': () => Promise.resolve({ ...response, defaultFor: 'host_lost' }),
      failed: () => Promise.reject(new ShoalError('deadline_exceeded', 'too late')),
    };
    const done: string[] = [];
    for (const [outcome, infer] of Object.entries(outcomes)) {
      const [body, headers] = binary(header, blobX, blobS);
      const bodyDone = (): void => {
        done.push(outcome);
      };
      const call = { method: 'POST', path: '/v2/models/mixed/infer', body, headers, bodyDone };
      await ask(call, { infer });
    }
    expect(done).toEqual(['answered']);
  });

  const short = (from: string, to: string): string => header.replace(from, to);
  const nine = short('"binary_data_size":8', '"binary_data_size":9');
  const thirteen = short('"binary_data_size":14', '"binary_data_size":13');
  const [whole] = binary(header, blobX, blobS);
  const overrun = Buffer.from('0600000068c3a96c6c6f01000000', 'hex');
  const length = 'inference-header-content-length';

  it.each([
    ['a header longer than the body', whole, { [length]: '300' }, 'in range (0, 255), got: 300'],
    ['a negative header', whole, { [length]: '-1' }, 'in range (0, 255), got: -1'],
    ['a header that is no number', whole, { [length]: 'abc' }, 'Unable to parse Inference-Header'],
    ['a header with something behind', whole, { [length]: '233abc' }, 'Unable to parse Inference'],
    ['a header twice', whole, { [length]: '233, 233' }, 'Unable to parse Inference-Header'],
    ['a header beyond 32 bits', whole, { [length]: '4294967529' }, 'Unable to parse Inference'],
    ['a header that is too short', whole, { [length]: '10' }, 'failed to parse the request JSON'],
    ['no header', whole, {}, 'must be UTF-8'],
    [
      '9 bytes for two floats',
      ...binary(nine, blobX, blobS),
      "unexpected size for input 'S', expecting 1 additional bytes for model 'mixed'",
    ],
    [
      '9 bytes that are there',
      ...binary(nine, blobX, Buffer.alloc(1), blobS),
      "input byte size mismatch for input 'X' for model 'mixed'. Expected 8, got 9",
    ],
    [
      '13 bytes for S',
      ...binary(thirteen, blobX, blobS),
      "unexpected additional input data for model 'mixed'",
    ],
    ['13 bytes for S that are all', ...binary(thirteen, blobX, blobS.subarray(0, 13)), "input 'S'"],
    [
      'a byte too many',
      ...binary(header, blobX, blobS, Buffer.alloc(1)),
      'unexpected additional input data',
    ],
    ['a string that runs past the end', ...binary(header, blobX, overrun), "input 'S'"],
    [
      'a string with NUL',
      ...binary(header, blobX, Buffer.from('0600000068c3006c6c6f00000000', 'hex')),
      "input 'S'",
    ],
    [
      'a string that is no UTF-8',
      ...binary(header, blobX, Buffer.from('0600000068c3c36c6c6f00000000', 'hex')),
      "input 'S'",
    ],
    [
      'a size that is text',
      ...binary(short('"binary_data_size":8', '"binary_data_size":"8"'), blobX, blobS),
      "Unable to parse 'binary_data_size'",
    ],
    [
      'a negative size',
      ...binary(short('"binary_data_size":8', '"binary_data_size":-1'), blobX, blobS),
      "Unable to parse 'binary_data_size'",
    ],
    [
      'a shape too large',
      ...binary(short('[1,2]', '[2147483648,2147483648,4]'), blobX, blobS),
      'shape [',
    ],
    [
      'a negative dimension',
      ...binary(short('[1,2]', '[1,-2]'), blobX, blobS),
      "Unable to parse 'shape'",
    ],
  ])('are refused with %s', async (_case, body, headers, message) => {
    const answer = await infer('mixed', body, headers);
    expect(errorOf(answer)).toContain(message);
    expect(answer.status).toBe(400);
  });
});
