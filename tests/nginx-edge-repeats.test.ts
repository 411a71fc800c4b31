import { createServer, type Server } from 'node:http';
import { describeWhere, missingCommand } from './support/describe-where';
import { freePort } from './support/free-port';
import { startNginx, type RunningNginx } from './support/nginx';

describeWhere(
  missingCommand('nginx', 'curl'),
  'an inferrer that breaks off, behind the edge',
  () => {
    const servers: Server[] = [];
    let edge: RunningNginx;
    let seen: number;

    /** Both break the first request of a pair off when it has arrived whole. */
    beforeEach(async () => {
      seen = 0;
      const listening = Array.from({ length: 2 }, async () => {
        const server = createServer((request, response) => {
          request.resume();
          request.on('end', () => {
            seen += 1;
            if (seen % 2 === 1) request.socket.destroy();
            else response.end('{}');
          });
        });
        servers.push(server);
        const port = await freePort();
        await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
        return `127.0.0.1:${port}`;
      });
      const inferrers = await Promise.all(listening);
      edge = await startNginx({
        role: 'edge',
        port: await freePort(),
        inferrer: inferrers.join(),
        environment: { BASE_PATH: '/shoal' },
      });
    });

    afterEach(() => edge.stop());

    afterEach(async () => {
      for (const server of servers.splice(0)) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });

    test.each([
      ['POST', '/v2/models/m/infer'],
      ['POST', '/v2/models/m/versions/2/infer'],
      ['POST', '/api/v1/models/m/prediction'],
      ['POST', '/api/v1/models/m:2/prediction/'],
      ['GET', '/api/v1/models/m'],
      ['GET', '/api/v1/models/m/labels'],
      ['GET', '/api/v1/models/m/canary'],
      ['POST', '/v1/models/m:predict'],
      ['POST', '/v1/models/m/versions/2:classify'],
      ['POST', '/v1/models/m/labels/stable:regress'],
    ])('%s %s is asked of the other', async (method, path) => {
      const body = method === 'GET' ? {} : { body: 'x'.repeat(3_000_000) };
      const answer = await fetch(`${edge.url}/shoal${path}`, { method, ...body });
      expect([answer.status, seen]).toEqual([200, 2]);
    });

    test.each([
      ['POST', '/v2/repository/models/m/load'],
      ['POST', '/api/v1/models/m/default'],
      ['PUT', '/api/v1/models/m'],
      ['DELETE', '/api/v1/models/m'],
      ['PUT', '/api/v1/models/m/labels/stable', '{"version":2}'],
      ['DELETE', '/api/v1/models/m/labels/stable'],
      ['PUT', '/api/v1/models/m/variants', '{"variants":[]}'],
      ['DELETE', '/api/v1/models/m/variants'],
      ['PUT', '/api/v1/models/m/canary', '{"version":2}'],
      ['DELETE', '/api/v1/models/m/canary/'],
    ])('%s %s is asked once', async (method, path, small = 'x'.repeat(900_000)) => {
      const body = method === 'DELETE' ? {} : { body: small };
      const answer = await fetch(`${edge.url}/shoal${path}`, { method, ...body });
      expect([answer.status, seen]).toEqual([503, 1]);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({ code: 'not_ready' });
    });
  },
);
