import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createS3Client } from './s3-client';

/** What a server of a bucket says of unfinished uploads, by the id that its page begins after. */
const pages: Readonly<Record<string, { readonly ids: readonly string[]; readonly next?: string }>> =
  {
    '': { ids: ['first', 'second'], next: 'second' },
    second: { ids: ['third'] },
  };

let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://there');
    const { ids, next } = pages[searchParams.get('upload-id-marker') ?? '']!;
    const uploads = ids.map(
      (id) => `<Upload><Key>p/big.onnx</Key><UploadId>${id}</UploadId></Upload>`,
    );
    const more =
      next === undefined
        ? '<IsTruncated>false</IsTruncated>'
        : `<IsTruncated>true</IsTruncated><NextKeyMarker>p/big.onnx</NextKeyMarker><NextUploadIdMarker>${next}</NextUploadIdMarker>`;
    response.setHeader('content-type', 'application/xml');
    response.end(
      `<ListMultipartUploadsResult>${more}${uploads.join('')}</ListMultipartUploadsResult>`,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('unfinished uploads come page by page', async () => {
  const settings = {
    S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    S3_REGION: '',
    S3_ACCESS_KEY_ID: 'key',
    S3_SECRET_ACCESS_KEY: 'secret',
    S3_PATH_STYLE: 'auto',
    S3_TIMEOUT_MS: 5000,
    S3_ATTEMPTS: 1,
  } as const;
  const client = createS3Client(settings, { bucket: 'models', prefix: 'p/' });
  const found = await client.unfinishedUploads();
  expect(found.map(({ key, id }) => [key, id])).toEqual([
    ['big.onnx', 'first'],
    ['big.onnx', 'second'],
    ['big.onnx', 'third'],
  ]);
});
