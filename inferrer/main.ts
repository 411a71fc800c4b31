import { config } from 'dotenv';
import { createLogger } from '../core/logging';
import { releaseVersion } from '../core/release';
import { runMain } from '../core/run-main';
import { readSettings } from '../core/settings';
import { startInferrer } from './inferrer';
import { inferrerSettings } from './settings';

config({ quiet: true });

void runMain(() => {
  const settings = readSettings(inferrerSettings, process.env);
  const logger = createLogger({
    service: 'inferrer',
    level: settings.LOG_LEVEL,
    format: settings.LOG_FORMAT,
  });
  return { logger, running: startInferrer(settings, releaseVersion(), logger) };
});
