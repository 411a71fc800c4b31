import { availableParallelism } from 'node:os';
import {
  httpUrls,
  oneOf,
  optionalWebUrl,
  parsed,
  setting,
  text,
  whole,
  type Settings,
} from '../core/settings';
import { batchingSettings } from '../serving/batching/settings';
import { cacheSettings } from '../serving/cache/settings';
import { grpcPortSetting, grpcSettings } from '../serving/grpc/settings';
import { httpSettings } from '../serving/http/settings';
import { linkSettings } from '../serving/link/settings';
import { modelControlSettings } from '../serving/model-control';
import { pictureSettings } from '../serving/picture/settings';
import { serverNameSettings } from '../serving/server-name';
import { sharedMemorySettings } from '../serving/shared-memory/settings';
import { uploadSettings } from '../serving/upload-limit';
import { hostLabels } from './placement/host-labels';
import { platformSettings } from './platform/platform-settings';
import { bucketAddress } from './repository/bucket/bucket-address';
import { bucketSettings } from './repository/bucket/settings';

function repository(place: string): string {
  bucketAddress(place);
  return place;
}

function optionalPort(port: string): number | undefined {
  if (port === '') return undefined;
  if (/^\d+$/.test(port) && Number(port) <= 65_535) return Number(port);
  throw new Error('wanted a port from 0 to 65535, or nothing');
}

function firstPort(range: string): number | undefined {
  if (range === '') return undefined;
  if (/^\d{1,5}-\d{1,5}$/.test(range)) return Number(range.split('-')[0]);
  throw new Error('wanted a range of ports such as 9000-9010, or nothing');
}

function hostId(id: string): string {
  if (/^([A-Za-z0-9][A-Za-z0-9._-]{0,62})?$/.test(id)) return id;
  throw new Error(
    'wanted up to 63 letters, digits, dots, dashes and underscores, a letter or digit first',
  );
}

/** All settings of a modelhost's process. */
export const modelhostSettings = {
  ...httpSettings,
  ...grpcSettings,
  ...batchingSettings,
  ...cacheSettings,
  ...linkSettings,
  ...uploadSettings,
  ...modelControlSettings,
  ...pictureSettings,
  ...sharedMemorySettings,
  ...serverNameSettings,
  ...platformSettings,
  GRPC_PORT: grpcPortSetting(
    '',
    'TCP port for gRPC; 0 takes a free one, off none. Nothing: 8001, and off behind an inferrer and where a platform starts it or orders ports.',
  ),
  ...bucketSettings,
  MODEL_REPOSITORY: setting(
    parsed(repository),
    './models',
    'The model repository, a directory or s3://bucket/prefix; all modelhosts of a cluster share it.',
  ),
  EXAMPLE_MODELS: setting(
    text('a directory'),
    '',
    'Directory of models that are copied into the repository when that is empty.',
  ),
  REPOSITORY_POLL_MS: setting(
    whole(50, 3_600_000),
    '1000',
    'Milliseconds between two looks at the repository; changes are mostly seen sooner.',
  ),
  MAX_BATCH_ROWS: setting(
    whole(1, 65_536),
    '64',
    'Most rows of one run for models that set no max_batch_size.',
  ),
  PROBE_TIME_MS: setting(
    whole(100, 3_600_000),
    '60000',
    'Milliseconds that the try of a new model may take.',
  ),
  PROBE_MEMORY_BYTES: setting(
    whole(1, Number.MAX_SAFE_INTEGER),
    '4294967296',
    'Memory that the try of a new model may take, in bytes.',
  ),
  UPLOAD_MAX_FILES: setting(
    whole(1, 1_000_000),
    '10000',
    'Most files of an upload, and entries of an archive.',
  ),
  PORT: setting(
    parsed(optionalPort),
    '',
    'TCP port to listen on. Nothing: 8080 with the word serve, else 8000, or any free one where INFERRER_URL is set.',
  ),
  SAGEMAKER_BIND_TO_PORT: setting(
    parsed(optionalPort),
    '',
    'Port that the platform orders; goes before PORT.',
  ),
  SAGEMAKER_SAFE_PORT_RANGE: setting(
    parsed(firstPort),
    '',
    'Ports that the platform allows, e.g. 9000-9010; the first is used where nothing else is set.',
  ),
  HOST_ID: setting(
    parsed(hostId),
    '',
    'Name of this modelhost in the cluster. Nothing: made of the machine name and the process id.',
  ),
  HOST_LABELS: setting(
    parsed(hostLabels),
    '',
    'What models can ask for in their placement: name=value with commas between, e.g. machine=large,zone=a.',
  ),
  INFERRER_URL: setting(
    httpUrls('http://inferrer:8000'),
    '',
    'Where the inferrers are, with commas between several: every address of each name gets heartbeats. Nothing: the host is alone.',
  ),
  ADVERTISE_URL: setting(
    optionalWebUrl('http://10.0.0.3:8000'),
    '',
    'Where inferrers reach this host. Nothing: its address and port.',
  ),
  LINK: setting(
    oneOf(['auto', 'unix', 'tcp']),
    'auto',
    'How inferrers reach the runners: unix sockets on one machine, else tcp. auto: by LISTEN_HOST.',
  ),
  CORES: setting(
    whole(1, 1024),
    String(availableParallelism()),
    'Cores that the runners of this host share.',
  ),
  RUNTIME_DIRECTORY: setting(
    text('a directory'),
    '',
    'Directory of another release of the package onnxruntime-node, which the runners load then. Nothing: the release that comes with Shoal.',
  ),
  RUNNER_MEMORY_BYTES: setting(
    whole(1, Number.MAX_SAFE_INTEGER),
    '4294967296',
    'Memory beyond that of its models at which a runner is ended and started again, in bytes; most that one load may take.',
  ),
  RUNNER_BUDGET_BYTES: setting(
    whole(0, Number.MAX_SAFE_INTEGER),
    '0',
    'Memory beyond that of its models from which on a runner is replaced while it serves, in bytes. 0: three quarters of RUNNER_MEMORY_BYTES.',
  ),
  MEMORY_BUDGET_BYTES: setting(
    whole(0, Number.MAX_SAFE_INTEGER),
    '0',
    'Memory that all runners of this host may take, in bytes; beyond it models are loaded on demand. 0: three quarters of what the process may use.',
  ),
  MODEL_IDLE_MS: setting(
    whole(1, 2_147_483_647),
    '300000',
    'Milliseconds without a request after which a model with min_copies 0 leaves memory, where it says no other time.',
  ),
  QUARANTINE_MS: setting(
    whole(1000, 604_800_000),
    '600000',
    'Milliseconds that a model or an input that keeps killing runners is refused.',
  ),
  MAX_RUN_MS: setting(
    whole(1, 86_400_000),
    '60000',
    'Milliseconds after which a run that does not end is ended with its runner.',
  ),
  MAX_LOAD_MS: setting(
    whole(1, 86_400_000),
    '120000',
    'Milliseconds after which a load that does not end is ended with its runner.',
  ),
  RUNNER_WAIT_MS: setting(
    whole(0, 600_000),
    '10000',
    'Milliseconds that a request to this host waits for a runner that is being started again.',
  ),
};

export type ModelhostSettings = Settings<typeof modelhostSettings>;
