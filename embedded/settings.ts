import { oneOf, parsed, portOrOff, setting, text, whole } from '../core/settings';

/** What `npm start` reads itself; every other variable goes on to the programs it starts. */
export const embeddedSettings = {
  LISTEN_HOST: setting(
    text('an address of this machine'),
    '127.0.0.1',
    'Address on which the inferrer and the metrics service listen; modelhosts stay on loopback.',
  ),
  PORT: setting(whole(1, 65535), '8000', 'Port of the inferrer.'),
  GRPC_PORT: setting(
    parsed(portOrOff),
    '8001',
    'Port of the inferrer for gRPC; 0 takes a free one, off none.',
  ),
  METRICS_PORT: setting(whole(1, 65535), '8002', 'Port of the metrics service.'),
  BASE_PATH: setting(text('a path'), '', 'Path prefix under which the inferrer answers.'),
  MODELHOSTS: setting(whole(1, 64), '2', 'Number of modelhosts at the start.'),
  CORES: setting(
    whole(0, 1024),
    '0',
    'Cores that the modelhosts of the start share; 0 means all cores of the machine.',
  ),
  MODEL_REPOSITORY: setting(
    text('a folder'),
    './models',
    'Folder of the models, or s3://bucket/prefix.',
  ),
  EXAMPLE_MODELS: setting(
    text('a folder'),
    './examples/models',
    'Models that an empty repository begins with.',
  ),
  CONTROL_SOCKET: setting(
    text('a path'),
    '.shoal/control.sock',
    'Unix socket through which scripts/add-modelhost.sh reaches the running cluster.',
  ),
  START_TIMEOUT_MS: setting(
    whole(1000, 3_600_000),
    '120000',
    'Longest time that modelhosts may take until they serve, in milliseconds.',
  ),
  DRAIN_MS: setting(
    whole(0, 600_000),
    '20000',
    'Longest time that a stopping process may take to finish its requests, in milliseconds.',
  ),
  LOG_LEVEL: setting(
    oneOf(['debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'Least important kind of line that is logged.',
  ),
  LOG_FORMAT: setting(
    oneOf(['auto', 'json', 'pretty']),
    'auto',
    'Form of the log; auto is pretty on a terminal and JSON elsewhere.',
  ),
};
