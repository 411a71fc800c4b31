import { z } from 'zod';
import { setting, text, whole, type Settings } from '../../core/settings';
import { httpSettings, portSetting } from '../../serving/http/settings';

/** The settings of the metrics service. */
export const metricsSettings = {
  ...httpSettings,
  PORT: portSetting(8002),
  INFERRER_URL: setting(
    text('a URL'),
    'http://127.0.0.1:8000',
    'Where the inferrer is, base path included; every address of its name is asked and scraped.',
  ),
  PROMETHEUS_URL: setting(
    z.string(),
    '',
    'Prometheus, whose numbers are used for the summary; none: this service scrapes by itself.',
  ),
  SCRAPE_INTERVAL_MS: setting(
    whole(100, 3_600_000),
    '5000',
    'Milliseconds between scrapes for the summary where there is no Prometheus.',
  ),
  SCRAPE_TIMEOUT_MS: setting(whole(10, 600_000), '2000', 'Milliseconds for one process to answer.'),
  SCRAPE_MAX_BYTES: setting(
    whole(1024, 1_000_000_000),
    '33554432',
    'Largest text that is taken from one process, in bytes.',
  ),
};

export type MetricsSettings = Settings<typeof metricsSettings>;
