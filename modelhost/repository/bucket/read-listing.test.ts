import type { FoundObject } from './bucket-client';
import { filesOf, isOfOperator, readListing } from './read-listing';

const object = (key: string): FoundObject => ({ key, etag: '"e"', size: 1, changedMs: 5 });

test('keys are models, versions and bare files', () => {
  const keys = [
    '.staging/claim-iris.1',
    'iris.onnx',
    'iris/1/meta.json',
    'iris/1/model.onnx',
    'iris/10/.arriving',
    'iris/2/data/w.bin',
    'iris/config.json',
    'iris/state.3.json',
    'other.txt',
  ];
  const { models, bare } = readListing(keys.map(object));
  expect([...bare]).toEqual([['iris', { file: 'iris.onnx', size: 1, mtimeMs: 5, etag: '"e"' }]]);
  expect(models).toEqual([
    {
      name: 'iris',
      names: ['1', '10', '2', 'config.json', 'state.3.json'],
      versions: [
        { version: 1, metaStamp: '"e" 1 5', arriving: false },
        { version: 2, metaStamp: undefined, arriving: false },
        { version: 10, metaStamp: undefined, arriving: true },
      ],
    },
  ]);
  expect(
    keys
      .map(object)
      .filter((each) => isOfOperator('iris', each))
      .map(({ key }) => key),
  ).toEqual(['iris/config.json']);
});

test('keys that would lead elsewhere on a disk are no files', () => {
  const keys = [
    'iris/1/../../x.onnx',
    'iris/1//x',
    'iris/1/a\\b',
    'iris/1/.',
    'iris/1/',
    '../x.onnx',
  ];
  const { models, bare } = readListing(keys.map(object));
  expect([models, bare.size, filesOf('iris/1/', keys.map(object))]).toEqual([[], 0, []]);
});
