import { config } from 'dotenv';
import { createLogger } from '../../core/logging';
import { releaseVersion } from '../../core/release';
import { runMain } from '../../core/run-main';
import { readSettings } from '../../core/settings';
import { startMetricsService } from './app';
import { metricsSettings } from './settings';

config({ quiet: true });

void runMain(() => {
  const settings = readSettings(metricsSettings, process.env);
  const logger = createLogger({
    service: 'metrics',
    level: settings.LOG_LEVEL,
    format: settings.LOG_FORMAT,
  });
  return { logger, running: startMetricsService(settings, releaseVersion(), logger) };
});
