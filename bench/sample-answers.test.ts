import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { named } from './plans';
import { sampleAnswers } from './sample-answers';

it('says with which status a call was refused of which there is no answer', async () => {
  const server = createServer().on('stream', (stream) => {
    stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await expect(
      sampleAnswers(() => `http://127.0.0.1:${port}`, [named('tiny-grpc')]),
    ).rejects.toThrow('tiny-grpc: the cluster answers status 5');
  } finally {
    server.close();
  }
});
