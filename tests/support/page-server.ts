import { createServer, type IncomingMessage } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** Serves one page with a module script, and modules from a folder; takes what the script has found. */
export interface PageServer {
  /** The origin of the page. */
  readonly origin: string;
  /** What the script posts to /found. */
  readonly found: Promise<unknown>;
  stop(): Promise<void>;
}

/** `modules`: the folder behind /client/. */
export async function startPageServer(script: string, modules: string): Promise<PageServer> {
  let tell: (found: unknown) => void = () => undefined;
  const found = new Promise((resolve) => (tell = resolve));
  const server = createServer((request, response) => {
    const url = request.url ?? '/';
    if (url === '/found') {
      void textOf(request).then((text) => {
        tell(JSON.parse(text));
        response.end();
      });
    } else if (url.startsWith('/client/')) {
      const file = path.join(modules, path.basename(url));
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(readFileSync(file));
    } else {
      const page = `<!doctype html><title>t</title><script type="module">${script}</script>`;
      response.setHeader('content-type', 'text/html; charset=utf-8').end(page);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    found,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += String(part);
  return text;
}
