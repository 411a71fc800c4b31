import { versionEntry } from '../tests/support/catalogs';
import { spec } from '../tests/support/servables';
import { datatypes } from './datatype';
import { exampleCall } from './example-call';
import { flavours, madeUpRow } from './made-up-input';
import { tensorFromJson } from './tensor-json/tensor-from-json';

const inputs = datatypes.map((type) => spec(type, ['n', 3, null], type));
const signature = { inputs, outputs: [] };

interface Call {
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: readonly (number | string | boolean)[];
  }[];
}

test.each(flavours)('reads back as what the model ran on: %s', (flavour) => {
  const madeUpBy = { flavour, seed: 7, freeSize: 4 };
  const { body, ran } = exampleCall('m', versionEntry(1, { signature, madeUpBy }));
  expect(ran).toBe(true);
  const call = JSON.parse(body) as Call;
  expect(call.inputs.map(({ name, shape }) => [name, shape])).toEqual(
    datatypes.map((type) => [type, [1, 3, 4]]),
  );
  const tensors = call.inputs.map(({ name, shape, data }, at) =>
    tensorFromJson(name, datatypes[at]!, shape, data),
  );
  const written = madeUpRow(signature, madeUpBy)!;
  expect(tensors.map(({ data }) => Buffer.from(data))).toEqual(
    written.map(({ data }) => Buffer.from(data)),
  );
});

test('numbers are short, and whole ones small enough to be an index', () => {
  const { body, ran } = exampleCall('m', versionEntry(1, { signature }));
  expect(ran).toBe(false);
  for (const { data } of (JSON.parse(body) as Call).inputs) {
    for (const value of data) {
      expect(Number(value)).toBeLessThan(8);
      expect(String(value).length).toBeLessThanOrEqual(5);
    }
  }
});

test('what is too large to be written out is refused', () => {
  const large = { inputs: [spec('x', ['n', 2000, 2000])], outputs: [] };
  expect(() => exampleCall('m', versionEntry(3, { signature: large }))).toThrow(
    "input of model 'm', version 3, would have more than 1000000 elements; make one",
  );
});
