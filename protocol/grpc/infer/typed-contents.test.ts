import type { Datatype } from '../../datatype';
import { WireReader } from '../wire/wire-reader';
import { typedData } from './typed-contents';

test.each(['BYTES', 'FP32', 'INT8'])('elements one by one have no object each: %s', (datatype) => {
  const each = { BYTES: '42 0161', FP32: '35 00000000', INT8: '10 00' }[datatype] ?? '';
  const contents = Buffer.from(each.replace(' ', '').repeat(1000), 'hex');
  const views = jest.spyOn(Buffer.prototype, 'subarray');
  for (const count of [1000, 1001]) {
    const tensor = { name: 'X', datatype: datatype as Datatype, count };
    const typed = (): Uint8Array => typedData(tensor, [new WireReader(contents, 'contents')]);
    if (count === 1000) expect(typed().length % 1000).toBe(0);
    else expect(typed).toThrow(/shape of 1001 elements/);
  }
  const made = views.mock.calls.length;
  views.mockRestore();
  expect(made).toBeLessThan(10);
});
