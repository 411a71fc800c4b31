import { faultOfName, TakenNames } from './file-name';

test.each([
  'model.onnx',
  '1/model.onnx',
  'weights/onnx__MatMul_12',
  'große/数.bin',
  '.hidden',
  'a..b',
])('%j is a name', (name) => {
  expect(faultOfName(name)).toBeUndefined();
});

test.each<[string, RegExp]>([
  ['', /empty/],
  ['/etc/passwd', /absolute/],
  ['C:\\x', /backslash/],
  ['c:/x', /absolute/],
  ['../x', /leads out/],
  ['a/../../x', /leads out/],
  ['a/..', /leads out/],
  ['a//b', /empty step/],
  ['a/', /empty step/],
  ['..\\x', /backslash/],
  ['a\0b', /cannot be printed/],
  ['a\nb', /cannot be printed/],
  ['a\u202eb', /cannot be printed/],
  ['a\ufffdb', /not UTF-8/],
  ['con', /reserved/],
  ['a/NUL.onnx', /reserved/],
  ['a./b', /dot or a space/],
  ['b ', /dot or a space/],
  ['x'.repeat(256), /too long/],
  ['x/'.repeat(600) + 'y', /longer than 1024 bytes/],
])('%j is none', (name, fault) => {
  expect(faultOfName(name)).toMatch(fault);
});

test('names that some systems take for one are taken once', () => {
  const names = new TakenNames();
  expect(names.add('Model.onnx')).toBe(true);
  expect(names.add('model.ONNX')).toBe(false);
  expect(names.add('u\u0308')).toBe(true);
  expect(names.add('\u00fc')).toBe(false);
  expect(names.add('a/b')).toBe(true);
  expect(names.add('a/c')).toBe(true);
  expect(names.add('A')).toBe(false);
  expect(names.add('a/b/c')).toBe(false);
});
