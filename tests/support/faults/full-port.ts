import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** A port on loopback at which nobody refuses and nobody answers: connecting to it takes for ever. */
export interface FullPort {
  readonly port: number;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/**
 * Is given a server. When told to, connects to it more often than it takes connections that wait
 * (511), and stops itself, all before it could accept one.
 */
const program = `
const { connect } = require('node:net');
let port = 0;
process.on('message', (message, server) => {
  if (message === 'take') {
    port = server.address().port;
    server.on('connection', (socket) => socket.destroy());
    process.send('taken');
    return;
  }
  for (let i = 0; i < 600; i += 1) connect(port, '127.0.0.1');
  process.nextTick(() => {
    require('node:fs').writeSync(1, 'full');
    process.kill(process.pid, 'SIGSTOP');
  });
});`;

export async function startFullPort(): Promise<FullPort> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return await fillPort(server);
}

/**
 * Another process takes the server's place and has it full; it refuses nobody at any time between.
 * The server is closed, connections that it has accepted are left as they are.
 */
export async function fillPort(server: Server): Promise<FullPort> {
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  child.send('take', server);
  await once(child, 'message');
  server.close();
  child.send('fill');
  await once(child.stdout!, 'data');
  return {
    port,
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
