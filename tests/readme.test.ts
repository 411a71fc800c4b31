import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './support/free-port';
import { eventually } from './support/processes';
import { fencesOf, readDocument } from './support/markdown';
import { lasting, runTold, toldCommands } from './support/told-commands';

/**
 * Everything that README.md and docs/protocol.md tell to type, typed. `npm start` runs on other ports and folders than
 * it says; blocks of `sh docker` are left to those who have Docker.
 */
const commands = [...toldCommands('README.md'), ...toldCommands('docs/protocol.md')].filter(
  ({ command }) => command !== 'npm start',
);

let folder: string;
let environment: Readonly<Record<string, string>>;
let cluster: ChildProcess;
let log = '';

/** What `npm start` runs, without npm in between. */
function startCommand(): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.replace(/^exec /, '').split(' ');
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'readme-'));
  environment = {
    PORT: String(await freePort()),
    GRPC_PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    MODEL_REPOSITORY: path.join(folder, 'models'),
    CONTROL_SOCKET: path.join(folder, 'control.sock'),
    CURL_HOME: folder,
  };
  // An error that is answered is an error of the command.
  writeFileSync(path.join(folder, '.curlrc'), 'fail-with-body\n');
  const [program = '', ...args] = startCommand();
  cluster = spawn(program, args, { env: { PATH: process.env['PATH'], ...environment } });
  for (const stream of [cluster.stdout, cluster.stderr]) {
    stream?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  }
  await eventually('Shoal is ready', () => log.includes('Shoal is ready.') || undefined, 180_000);
});

afterAll(async () => {
  const ended = new Promise((resolve) => cluster.once('close', resolve));
  cluster.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** The standard ports, as those of this run. */
function moved(command: string): string {
  return command
    .replaceAll('localhost:8000', `127.0.0.1:${environment['PORT'] ?? ''}`)
    .replaceAll('localhost:8002', `127.0.0.1:${environment['METRICS_PORT'] ?? ''}`);
}

test('README.md tells how to start it, and its commands', () => {
  expect(toldCommands('README.md').map(({ command }) => command)).toContain('npm start');
  expect(toldCommands('README.md', 'docker').length).toBeGreaterThan(0);
  expect(commands.filter(({ answer }) => answer !== '').length).toBeGreaterThan(4);
});

test.each(commands)('$command', async ({ command, answer }) => {
  const said = await runTold(moved(command), environment);
  if (answer === '') expect(said).toEqual(expect.any(String));
  else expect(lasting(said)).toEqual(lasting(answer));
});

test('the program of README.md runs, in the project whose package it imports', async () => {
  const [program] = fencesOf(readDocument('README.md')).filter(({ language }) => language === 'js');
  const file = path.resolve('dist/readme-program.mjs');
  writeFileSync(file, moved(program!.text));
  const said = await runTold(`'${process.execPath}' '${file}'`, environment);
  expect(said).toMatch(/^version 1: BigInt64Array\(2\) \[ 0n, 2n \]\n\[[^]*'iris.onnx'/);
});
