import { modelAmong, placeOfVersion } from './model-among';

test.each<[string[], string | undefined, string | undefined]>([
  [['model.onnx', 'other.onnx'], undefined, 'model.onnx'],
  [['net.onnx', 'model.onnx'], 'net.onnx', 'net.onnx'],
  [['net.onnx', 'weights.bin'], undefined, 'net.onnx'],
  [['a.onnx', 'b.onnx'], undefined, undefined],
  [['a.onnx', 'b.onnx'], 'missing.onnx', undefined],
  [['weights.bin'], undefined, undefined],
  [['model.ort', 'weights.bin'], undefined, 'model.ort'],
  [['net.ort'], undefined, 'net.ort'],
  [['net.onnx', 'net.ort'], undefined, 'net.onnx'],
  [['net.onnx', 'net.ort'], 'net.ort', 'net.ort'],
  [['a.ort', 'b.ort'], undefined, undefined],
])('among %j, configured %j: %j', (names, configured, model) => {
  expect(modelAmong(names, configured)).toBe(model);
});

test.each<[string, string[], string, string]>([
  ['flat', ['model.onnx', 'weights.bin'], '', ''],
  ['flat in a directory', ['net/model.onnx', 'net/weights.bin', 'README'], 'net/', 'net/'],
  ['one version', ['1/model.onnx', 'config.pbtxt'], '1/', ''],
  ['one version of a model', ['iris/12/model.onnx', 'iris/config.pbtxt'], 'iris/12/', 'iris/'],
  ['in the ORT format', ['iris/2/model.ort', 'iris/config.json'], 'iris/2/', 'iris/'],
  ['beside code', ['model.onnx', 'code/inference.py'], '', ''],
  ['with files of a packer', ['model.onnx', '__MACOSX/x/._m.onnx', '._model.onnx'], '', ''],
  ['other models deeper', ['1/model.onnx', '1/parts/other.onnx'], '1/', ''],
])('%s', (_what, names, version, model) => {
  expect(placeOfVersion(names)).toEqual({ version, model });
});

test.each<[string[], RegExp]>([
  [['readme.txt'], /no ONNX model: wanted is model.onnx, 1\/model.onnx or/],
  [['a/b/model.onnx'], /no ONNX model: .*there is "a\/b\/model.onnx"/],
  [['1/model.onnx', '2/model.ort'], /several models, and an upload is one version/],
  [['1/model.onnx', '2/model.onnx'], /several models, and an upload is one version/],
  [['model.onnx', '1/model.onnx'], /several models/],
  [['a/model.onnx', 'b/model.onnx'], /no ONNX model/],
])('%j is refused', (names, reason) => {
  expect(() => placeOfVersion(names)).toThrow(reason);
});
