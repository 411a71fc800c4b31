import { bucketFault } from './bucket-fault';

function sdkError(name: string, httpStatusCode?: number): Error {
  return Object.assign(new Error('AKIA-KEY and what was signed'), {
    name,
    AWSAccessKeyId: 'AKIA-KEY',
    $metadata: { httpStatusCode },
  });
}

test.each([
  ['SignatureDoesNotMatch', 403, 'insufficient_storage', 'Check S3_ACCESS_KEY_ID'],
  ['AccessDenied', 403, 'insufficient_storage', 'what the key may do'],
  ['XAdminUserNotFound', 404, 'insufficient_storage', 'Check S3_ACCESS_KEY_ID'],
  ['NoSuchBucket', 404, 'insufficient_storage', "there is no bucket 'b'"],
  ['QuotaExceeded', 400, 'insufficient_storage', 'no room left'],
  ['SlowDown', 503, 'storage_unavailable', 'fails (SlowDown 503)'],
  ['TimeoutError', undefined, 'storage_unavailable', 'does not answer (TimeoutError)'],
])('%s %s is %s', (name, status, code, words) => {
  const fault = bucketFault(sdkError(name, status), 'b');
  expect(fault.code).toBe(code);
  expect(fault.message).toContain(words);
  const told = `${fault.message} ${JSON.stringify(fault)} ${String(fault.details.cause)}`;
  expect(told).not.toContain('AKIA-KEY');
});
