import { parsed, setting } from '../core/settings';

/** What a server calls itself; the same on inferrer and modelhost. */
export const serverNameSettings = {
  SERVER_NAME: setting(
    parsed(serverName),
    'shoal',
    'Name that the server metadata tells, over HTTP and gRPC; triton for programs that want to find that one.',
  ),
};

function serverName(name: string): string {
  if (/^[A-Za-z0-9._-]{1,63}$/.test(name)) return name;
  throw new Error('wanted 1 to 63 letters, digits, dots, dashes and underscores');
}
