/**
 * What `npm start`, `npm test` and `npm run bench` need before they can do anything: the right
 * Node, the packages of the lock file, and a build that is not older than its sources. Uses
 * nothing but Node. Everything that is in order already is left alone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const wantedNode = [20, 19];
const stamp = join(root, 'dist/.built');

/** Makes the project runnable, or says in a sentence why it cannot be and exits 1. */
export function prepare() {
  process.chdir(root);
  checkNode();
  if (!installed()) install();
  if (stale()) build();
}

/** Ends the process with one sentence for its user. */
export function fail(message) {
  process.stderr.write(`shoal: ${message}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > wantedNode[0] || (major === wantedNode[0] && minor >= wantedNode[1])) return;
  fail(
    `Node ${wantedNode.join('.')} or later is wanted, this is ${process.versions.node}; ` +
      'install a newer one from https://nodejs.org or your package manager and try again.',
  );
}

/** True if what npm recorded as installed is what the lock file asks for, tools included. */
function installed() {
  const recorded = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(recorded)) return false;
  const there = JSON.parse(readFileSync(recorded, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const missing = Object.entries(wanted).some(
    ([path, { version, optional }]) =>
      path !== '' && there[path]?.version !== version && !(optional && there[path] === undefined),
  );
  return !missing && Object.keys(there).every((path) => path in wanted);
}

function install() {
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail(
      'node_modules is a link and not what package-lock.json asks for: run npm ci where it leads.',
    );
  }
  say('installing packages (npm ci)');
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', NODE_ENV: '' };
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0)
    fail('npm ci failed; its message is above. Is the package registry reachable?');
}

function stale() {
  const built = statSync(stamp, { throwIfNoEntry: false });
  return built === undefined || sources().some((file) => statSync(file).mtimeMs > built.mtimeMs);
}

/** The folders that tsconfig.json includes, as files; and what else decides about the build. */
function sources() {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const folders = include.map((name) => join(root, name)).filter((folder) => existsSync(folder));
  return [
    join(root, 'tsconfig.json'),
    join(root, 'package-lock.json'),
    ...folders,
    ...folders.flatMap((folder) => filesBelow(folder)).filter((file) => file.endsWith('.ts')),
  ];
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
}

/** Builds all but what is for browsers, which nothing here needs. */
export function build() {
  say('building (tsc)');
  compile(root);
  removeOrphans();
  writeFileSync(stamp, '');
}

export function buildBrowserClient() {
  say('building the client for browsers (tsc)');
  compile(join(root, 'client'));
}

function compile(project) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) fail('the build failed; the errors are above.');
}

/**
 * What was built from a source that is gone must not be run any more, least of all as a test. The
 * client for browsers has a build of its own.
 */
function removeOrphans() {
  const dist = join(root, 'dist');
  const browser = join(dist, 'client/browser');
  for (const file of filesBelow(dist)) {
    if (file.startsWith(browser)) continue;
    const source = join(root, relative(dist, file)).replace(/\.js(\.map)?$/, '.ts');
    if (/\.js(\.map)?$/.test(file) && !existsSync(source)) rmSync(file);
  }
}

function say(text) {
  process.stderr.write(`shoal: ${text}\n`);
}
