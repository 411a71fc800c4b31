import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseH2load } from './h2load-output';
import { refuseFailures, type LoadRequest, type LoadRun, type Send } from './load-request';

/** So many connections share the requests that are under way together, each as a stream. */
const mostConnections = 8;

/** h2load may take so much longer than it was told to before it is ended. */
const graceMs = 20_000;

/** h2load with one thread, for this gRPC request, whose answers have at least so many bytes. */
export function h2loadSends(folder: string, request: LoadRequest, leastAnswer: number): Send {
  mkdirSync(folder, { recursive: true });
  const [body, log] = [path.join(folder, 'message'), path.join(folder, 'log')];
  writeFileSync(body, request.body);
  return async (run) => {
    // h2load adds to a log that is there.
    rmSync(log, { force: true });
    const output = await outputOf(request, { ...run, body, log });
    const figures = parseH2load(output, readFileSync(log, 'latin1'), leastAnswer);
    return refuseFailures(figures, run.url + request.path);
  };
}

interface H2loadRun extends LoadRun {
  readonly body: string;
  readonly log: string;
}

async function outputOf(request: LoadRequest, run: H2loadRun): Promise<string> {
  const connections = Math.min(mostConnections, run.connections);
  const streams = Math.ceil(run.connections / connections);
  const headers = Object.entries(request.headers).flatMap(([name, text]) => [
    '-H',
    `${name}: ${text}`,
  ]);
  const args = [`-c${connections}`, `-m${streams}`, `-D${run.seconds}`, '-d', run.body];
  const timeout = run.seconds * 1000 + graceMs;
  return await new Promise((resolve, reject) => {
    const all = [...args, `--log-file=${run.log}`, ...headers, run.url + request.path];
    execFile('h2load', all, { timeout }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code !== 'ENOENT') {
        reject(new Error(`h2load failed: ${stderr}${stdout}`, { cause: error }));
      } else reject(new Error('h2load is wanted: apt-get install nghttp2-client'));
    });
  });
}
