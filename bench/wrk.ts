import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  refuseFailures,
  type LoadFigures,
  type LoadRequest,
  type LoadRun,
  type Send,
} from './load-request';
import { doneScript, parseWrk } from './wrk-output';

/** A script of wrk's, written to a file. */
export interface WrkScript {
  readonly file: string;
  /** Of the request that is repeated; '/' where the script names its paths itself. */
  readonly path: string;
}

/** wrk may take so much longer than it was told to before it is ended. */
const graceMs = 20_000;

/** An answer that takes longer has failed; many connections on a busy machine wait their turn. */
const answerSeconds = 15;

const readFunction = `
local function read(file)
  local handle = assert(io.open(file, 'rb'))
  local bytes = handle:read('*a')
  handle:close()
  return bytes
end
`;

/** A script that sends the same request all the time; wrk makes it up once. */
export function writeScript(folder: string, request: LoadRequest): WrkScript {
  const headers = Object.entries(request.headers).map(
    ([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}\n`,
  );
  const body = writeBody(folder, request);
  const file = path.join(folder, 'request.lua');
  const setup = `wrk.method = 'POST'\n${headers.join('')}wrk.body = read(${quoted(body)})\n`;
  writeFileSync(file, readFunction + setup + doneScript);
  return { file, path: request.path };
}

/** A script that sends the requests in turn, each as often as it is in the list. */
export function writeMixScript(folder: string, requests: readonly LoadRequest[]): WrkScript {
  const distinct = [...new Set(requests)];
  const formats = distinct.map((request, index) => {
    const body = writeBody(path.join(folder, String(index)), request);
    const headers = Object.entries(request.headers).map(
      ([name, value]) => `[${quoted(name)}] = ${quoted(value)}`,
    );
    const parts = [quoted(request.path), `{${headers.join(', ')}}`, `read(${quoted(body)})`];
    return `  made[${index + 1}] = wrk.format('POST', ${parts.join(', ')})\n`;
  });
  const order = requests.map((request) => distinct.indexOf(request) + 1).join(', ');
  const file = path.join(folder, 'mix.lua');
  writeFileSync(
    file,
    `${readFunction}
local made = {}
local order = {${order}}
local at = 0
function init()
${formats.join('')}end
function request()
  at = at % #order + 1
  return made[order[at]]
end
${doneScript}`,
  );
  return { file, path: '/' };
}

/** wrk with one thread, for this request. */
export function wrkSends(folder: string, request: LoadRequest): Send {
  const script = writeScript(folder, request);
  return (run) => runWrk(script, run);
}

/** Rejects where an answer was not of status 200 to 399, or did not come. */
export async function runWrk(script: WrkScript, run: LoadRun): Promise<LoadFigures> {
  return refuseFailures(parseWrk(await outputOf(script, run)), run.url + script.path);
}

async function outputOf(script: WrkScript, run: LoadRun): Promise<string> {
  const size = ['-t1', `-c${run.connections}`, `-d${run.seconds}s`];
  const args = [...size, '--timeout', `${answerSeconds}s`, '-s', script.file];
  const timeout = run.seconds * 1000 + graceMs;
  return await new Promise((resolve, reject) => {
    execFile('wrk', [...args, run.url + script.path], { timeout }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ENOENT') reject(new Error('wrk is wanted: apt-get install wrk'));
      else reject(new Error(`wrk failed: ${stderr}${stdout}`, { cause: error }));
    });
  });
}

function writeBody(folder: string, { body }: LoadRequest): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'body');
  writeFileSync(file, body);
  return file;
}

/** Lua reads JSON's escapes the same way for all characters that occur in paths and headers. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
