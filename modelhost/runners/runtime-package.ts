import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SettingsError } from '../../core/settings';
import { runnerEnvironment } from './runner-process';

/** The release of ONNX Runtime that all runners of a host load. */
export interface RuntimePackage {
  /** Absolute; '' for the one that comes with the server. */
  readonly directory: string;
  readonly release: string;
}

const packageName = 'onnxruntime-node';
const checkMain = path.join(__dirname, '../runner/check/main.js');

/** Longest time that it may take to load, in milliseconds: a slow disk with a cold cache. */
const loadMs = 60_000;

/**
 * What the setting names, once a process of its own has loaded it: never this one, as it may abort.
 * Throws a SettingsError where there is no such package, or it does not work on this machine.
 */
export function runtimePackage(setting: string): RuntimePackage {
  if (setting === '') return { directory: '', release: ownRelease() };
  const directory = path.resolve(setting);
  const release = releaseIn(directory);
  const fault = loadFault(directory);
  if (fault === undefined) return { directory, release };
  throw wrong(directory, `its release ${release} cannot be loaded here: ${fault}`);
}

function ownRelease(): string {
  const file = createRequire(__filename).resolve(`${packageName}/package.json`);
  return String(described(file)['version']);
}

function releaseIn(directory: string): string {
  let found: Record<string, unknown>;
  try {
    found = described(path.join(directory, 'package.json'));
  } catch (error) {
    throw wrong(directory, `its package.json cannot be read: ${reasonOf(error)}`);
  }
  const { name, version } = found;
  if (name === packageName && typeof version === 'string') return version;
  throw wrong(directory, `its package.json is of ${JSON.stringify(name)}`);
}

function described(file: string): Record<string, unknown> {
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as object) };
}

/** Why it cannot be loaded; undefined where it can. */
function loadFault(directory: string): string | undefined {
  const { status, signal, stderr, error } = spawnSync(process.execPath, [checkMain, directory], {
    env: { ...runnerEnvironment },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: loadMs,
    killSignal: 'SIGKILL',
  });
  if (error !== undefined) return reasonOf(error);
  if (status === 0) return undefined;
  const [reason = ''] = signal === null ? stderr.split('\n') : [];
  return reason || `the process that does so ends with ${signal ?? `exit code ${status}`}`;
}

function wrong(directory: string, fault: string): SettingsError {
  return new SettingsError(
    `RUNTIME_DIRECTORY: wanted the directory of a package ${packageName}, as npm installs it; ` +
      `got ${directory}: ${fault}`,
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
