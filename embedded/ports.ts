import { createServer } from 'node:net';

/** A port that we want, and the setting that moves it. */
export interface WantedPort {
  readonly setting: string;
  readonly host: string;
  readonly port: number;
}

/** One sentence about the first port that cannot be had; undefined if all are free. */
export async function takenPort(wanted: readonly WantedPort[]): Promise<string | undefined> {
  for (const { setting, host, port } of wanted) {
    const code = await listenError(host, port);
    if (code === 'EADDRINUSE') {
      return `Port ${port} on ${host} is taken by another program; choose another one with ${setting}=<port> npm start.`;
    }
    if (code !== undefined) {
      return `Cannot listen on ${host}, port ${port} (${code}); choose others with LISTEN_HOST=<address> ${setting}=<port> npm start.`;
    }
  }
  return undefined;
}

async function listenError(host: string, port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}
