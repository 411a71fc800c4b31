import fc from 'fast-check';
import { answerOf } from '../../../tests/support/dialect-answer';
import { tensors } from '../../../tests/support/arbitrary-tensors';
import { dialectWith } from '../../../tests/support/identity-models';
import { datatypes } from '../../datatype';
import { readExactJson } from '../../exact-json/exact-reader';
import type { JsonValue } from '../../exact-json/json-value';
import type { Tensor } from '../../tensor';
import { tensorFromJson } from '../../tensor-json/tensor-from-json';
import { valuesToJson } from '../../tensor-json/tensor-to-json';

type Form = 'flat' | 'nested' | 'binary';

const forms = fc.constantFrom<Form>('flat', 'nested', 'binary');

/** A call with a tensor of no account before and behind it, so that blobs lie at odd places. */
function callOf(tensor: Tensor, form: Form, binaryAnswer: boolean) {
  const { datatype, shape, data } = tensor;
  const nested = form === 'nested' && shape.length > 0;
  const content =
    form === 'binary'
      ? `"parameters":{"binary_data_size":${data.length}}`
      : `"data":${valuesToJson(tensor, { nonFinite: 'words', nested })}`;
  const side = (name: string): string =>
    `{"name":"${name}","datatype":"UINT8","shape":[3],"parameters":{"binary_data_size":3}}`;
  const json =
    `{"inputs":[${side('A')},{"name":"X","datatype":"${datatype}","shape":[${shape.join(',')}],` +
    `${content}},${side('Z')}],"parameters":{"binary_data_output":${String(binaryAnswer)}}}`;
  const blob = form === 'binary' ? data : new Uint8Array(0);
  return {
    path: '/v2/models/any/infer',
    body: Buffer.concat([Buffer.from(json), Buffer.alloc(3), blob, Buffer.alloc(3)]),
    headers: { 'inference-header-content-length': String(Buffer.byteLength(json)) },
  };
}

/** Answers the middle input. */
const { dialect } = dialectWith({
  infer: ({ inputs }) =>
    Promise.resolve({
      model: 'any',
      version: '1',
      outputs: [{ ...inputs[1]!, name: 'Y' }],
      host: 'h',
      batchRows: 1,
    }),
});

interface AnswerJson {
  readonly outputs: readonly {
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly data?: JsonValue;
  }[];
}

describe.each(datatypes)('%s', (datatype) => {
  it('goes in by any form and comes out by any form unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(tensors(datatype), forms, fc.boolean(), async (tensor, form, binary) => {
        const answer = await answerOf(dialect, callOf(tensor, form, binary));
        expect(answer?.status).toBe(200);
        const { bytes, headers } = answer!;
        const length = Number(headers['inference-header-content-length'] ?? bytes.length);
        const json = readExactJson(bytes.toString('utf8', 0, length)) as unknown as AnswerJson;
        const output = json.outputs[0]!;
        expect(output.datatype).toBe(datatype);
        expect(output.shape).toEqual(tensor.shape);
        const data =
          output.data === undefined
            ? bytes.subarray(length)
            : tensorFromJson('Y', datatype, output.shape, output.data).data;
        expect(Buffer.from(data).equals(tensor.data)).toBe(true);
      }),
    );
  });
});
