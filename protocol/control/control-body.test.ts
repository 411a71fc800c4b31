import { checkUnload, loadBody, loadOverrideIn, onlyReadyIn } from './control-body';
import { overrideFiles } from './load-parameters';

const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test.each([[''], ['  '], ['{}'], ['{"parameters":{}}']])('a load of %j brings nothing', (text) => {
  expect(loadOverrideIn(Buffer.from(text))).toBeNull();
});

test('what a load brings survives the way to the next process', () => {
  const files = new Map([['1/model.onnx', Buffer.from([0, 255, 7])]]);
  expect(loadOverrideIn(body(loadBody({ config: '{}', files })))).toEqual({ config: '{}', files });
});

test.each([
  [{ parameters: { 'file:1/model.onnx': 'AA==' } }, /need the parameter 'config'/],
  [{ parameters: { config: 1 } }, /'config' must be a text/],
  [{ parameters: { config: '{}', other: 'x' } }, /unknown parameter 'other'/],
  [{ parameters: { config: '{}', 'file:1/m': 'A' } }, /is no base64/],
  [{ parameters: { config: '{}', 'file:1/m': 'A=A=' } }, /is no base64/],
  [{ parameters: [] }, /'parameters' must be an object/],
  [[], /must be a JSON object/],
])('a load with %j is refused', (value, reason) => {
  expect(() => loadOverrideIn(body(value))).toThrow(reason);
});

test('unload_dependents is taken, nothing else', () => {
  checkUnload(Buffer.from(''));
  checkUnload(body({ parameters: { unload_dependents: true } }));
  expect(() => {
    checkUnload(body({ parameters: { unload_dependents: 1 } }));
  }).toThrow(/true or false/);
  expect(() => {
    checkUnload(body({ parameters: { all: true } }));
  }).toThrow(/unknown parameter/);
});

test('ready of an index is true or false', () => {
  expect([onlyReadyIn(Buffer.from('')), onlyReadyIn(body({ ready: true }))]).toEqual([false, true]);
  expect(() => onlyReadyIn(body({ ready: 'yes' }))).toThrow(/true or false/);
  expect(() => onlyReadyIn(Buffer.from('{bad'))).toThrow(/no JSON/);
});

test('the version that files are for has at most eight digits', () => {
  const of = (version: string) => () =>
    overrideFiles({ config: '{}', files: new Map([[`${version}/model.onnx`, Buffer.alloc(1)]]) });
  expect(of('99999999')()?.version).toBe(99_999_999);
  expect(of('999999999')).toThrow(
    /^Invalid file path 'file:999999999.*wanted file:<version>.*below 100000000/,
  );
});
