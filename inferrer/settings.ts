import { oneOf, setting, webUrl, whole, type Settings } from '../core/settings';
import { batchingSettings } from '../serving/batching/settings';
import { cacheSettings } from '../serving/cache/settings';
import { grpcPortSetting, grpcSettings } from '../serving/grpc/settings';
import { httpSettings, portSetting } from '../serving/http/settings';
import { limitSettings } from '../serving/limits/settings';
import { linkSettings } from '../serving/link/settings';
import { modelControlSettings } from '../serving/model-control';
import { pictureSettings } from '../serving/picture/settings';
import { serverNameSettings } from '../serving/server-name';
import { sharedMemorySettings } from '../serving/shared-memory/settings';
import { uploadSettings } from '../serving/upload-limit';

/** All settings of an inferrer's process. */
export const inferrerSettings = {
  ...httpSettings,
  ...grpcSettings,
  ...batchingSettings,
  ...cacheSettings,
  ...linkSettings,
  ...uploadSettings,
  ...modelControlSettings,
  ...pictureSettings,
  ...limitSettings,
  ...sharedMemorySettings,
  ...serverNameSettings,
  PORT: portSetting(8000),
  GRPC_PORT: grpcPortSetting('8001', 'TCP port for gRPC; 0 takes a free one, off none.'),
  BALANCER: setting(
    oneOf(['direct', 'nginx']),
    'direct',
    'Who chooses the modelhost of a batch: the inferrer itself, or nginx at BALANCER_URL.',
  ),
  BALANCER_URL: setting(
    webUrl('http://balancer:8000'),
    'http://127.0.0.1:8080',
    'Where the balancer listens; used with BALANCER=nginx.',
  ),
  NO_HOST_WAIT_MS: setting(
    whole(0, 600_000),
    '10000',
    'Milliseconds that a request waits for a modelhost when there is none, before it gets 503.',
  ),
  EVENTS_KEPT: setting(
    whole(1, 1_000_000),
    '10000',
    'Events that are kept for those who follow them and are behind, or come again.',
  ),
  EVENT_FOLLOWERS: setting(
    whole(0, 10_000),
    '100',
    'Connections that may follow the events at the same time; more get 503.',
  ),
  UPLOAD_WAIT_MS: setting(
    whole(1, 3_600_000),
    '300000',
    'Milliseconds for all modelhosts to serve an upload or to follow a change, before it fails.',
  ),
};

export type InferrerSettings = Settings<typeof inferrerSettings>;
