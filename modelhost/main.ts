import { config } from 'dotenv';
import { hostname } from 'node:os';
import { createLogger } from '../core/logging';
import { releaseVersion } from '../core/release';
import { runMain } from '../core/run-main';
import { readSettings } from '../core/settings';
import { startModelhost } from './modelhost';
import { runtimePackage } from './runners/runtime-package';
import { modelhostSettings } from './settings';

config({ quiet: true });

/** The machine's name and the process id: unlike any other host's, also on one machine. */
function defaultHostId(): string {
  return `${hostname().replace(/[^A-Za-z0-9._-]/g, '-')}-${process.pid}`;
}

void runMain(() => {
  const settings = readSettings(modelhostSettings, process.env);
  const hostId = settings.HOST_ID === '' ? defaultHostId() : settings.HOST_ID;
  const logger = createLogger({
    service: `modelhost ${hostId}`,
    level: settings.LOG_LEVEL,
    format: settings.LOG_FORMAT,
  });
  const about = {
    version: releaseVersion(),
    hostId,
    serve: process.argv.includes('serve', 2),
    runtime: runtimePackage(settings.RUNTIME_DIRECTORY),
  };
  return { logger, running: startModelhost(settings, about, logger) };
});
