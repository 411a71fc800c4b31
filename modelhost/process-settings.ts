import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { oneOf, setting, whole } from '../core/settings';
import { batchingSettings } from '../serving/batching/settings';
import { pictureSettings } from '../serving/picture/settings';
import { httpSettings } from '../serving/http/settings';
import { modelhostSettings } from './settings';

/** A port, or nothing where the text is empty. */
const optionalPort = z
  .string()
  .refine((port) => port === '' || (/^\d+$/.test(port) && Number(port) <= 65_535), {
    error: 'wanted a port from 0 to 65535, or nothing',
  })
  .transform((port) => (port === '' ? undefined : Number(port)));

const portRange = z
  .string()
  .refine((range) => range === '' || /^\d{1,5}-\d{1,5}$/.test(range), {
    error: 'wanted a range of ports such as 9000-9010, or nothing',
  })
  .transform((range) => (range === '' ? undefined : Number(range.split('-')[0])));

const optionalUrls = z
  .string()
  .refine((urls) => urls === '' || urls.split(',').every((url) => URL.canParse(url)), {
    error: 'wanted URLs such as http://inferrer:8000 with commas between them, or nothing',
  });

const optionalUrl = (example: string): z.ZodType<string, string> =>
  z.string().refine((url) => url === '' || URL.canParse(url), {
    error: `wanted a URL such as ${example}, or nothing`,
  });

/** All settings of a modelhost's process. */
export const processSettings = {
  ...httpSettings,
  ...batchingSettings,
  ...pictureSettings,
  ...modelhostSettings,
  PORT: setting(
    optionalPort as z.ZodType<number | undefined, string | undefined>,
    '',
    'TCP port to listen on. Nothing: 8000, or any free one where INFERRER_URL is set.',
  ),
  SAGEMAKER_BIND_TO_PORT: setting(
    optionalPort as z.ZodType<number | undefined, string | undefined>,
    '',
    'Port that the platform orders; goes before PORT.',
  ),
  SAGEMAKER_SAFE_PORT_RANGE: setting(
    portRange as z.ZodType<number | undefined, string | undefined>,
    '',
    'Ports that the platform allows, e.g. 9000-9010; the first is used where nothing else is set.',
  ),
  HOST_ID: setting(
    z.string().regex(/^[A-Za-z0-9._-]{0,63}$/, {
      error: 'wanted up to 63 letters, digits, dots, dashes and underscores',
    }) as z.ZodType<string, string | undefined>,
    '',
    'Name of this modelhost in the cluster. Nothing: made of the machine name and the process id.',
  ),
  INFERRER_URL: setting(
    optionalUrls as z.ZodType<string, string | undefined>,
    '',
    'Where the inferrers are, with commas between several: every address of each name gets heartbeats. Nothing: the host is alone.',
  ),
  ADVERTISE_URL: setting(
    optionalUrl('http://10.0.0.3:8000') as z.ZodType<string, string | undefined>,
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
  RUNNER_MEMORY_BYTES: setting(
    whole(1, Number.MAX_SAFE_INTEGER),
    '4294967296',
    'Memory at which a runner is ended and started again, in bytes.',
  ),
  RUNNER_BUDGET_BYTES: setting(
    whole(0, Number.MAX_SAFE_INTEGER),
    '0',
    'Memory beyond which a runner is replaced while it serves, in bytes. 0: three quarters of RUNNER_MEMORY_BYTES.',
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
