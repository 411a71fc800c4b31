import { bucketAddress } from './bucket-address';

test.each([
  ['./models', undefined],
  ['/srv/models', undefined],
  ['s3://models', { bucket: 'models', prefix: '' }],
  ['s3://models/', { bucket: 'models', prefix: '' }],
  ['s3://my.models/a/b/', { bucket: 'my.models', prefix: 'a/b/' }],
])('%s', (text, address) => {
  expect(bucketAddress(text)).toEqual(address);
});

test.each([
  's3://',
  's3://A',
  'gs://models',
  'https://models',
  's3://models/../x',
  's3://models/a\nb',
])('%j is refused', (text) => {
  expect(() => bucketAddress(text)).toThrow('wanted');
});
