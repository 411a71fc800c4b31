import { optionalWebUrl, setting, webUrl, whole, type Settings } from '../../core/settings';
import { httpSettings, portSetting } from '../../serving/http/settings';

/** All settings of the metrics service. */
export const metricsSettings = {
  ...httpSettings,
  PORT: portSetting(8002),
  INFERRER_URL: setting(
    webUrl('http://inferrer:8000'),
    'http://127.0.0.1:8000',
    'Where the inferrer is, base path included; every address of its name is asked and scraped.',
  ),
  PROMETHEUS_URL: setting(
    optionalWebUrl('http://prometheus:9090'),
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
