import type { HostLink } from '../../protocol/link/batch';
import { HostDirectory } from './host-directory';

const link: HostLink = {
  send: () => Promise.resolve({ outcome: 'unreached', cause: 'nobody is there' }),
  giveUp: () => undefined,
  close: () => undefined,
};

/** A directory that has heard once of a host at which nobody answers. */
function directoryWithHost(): HostDirectory {
  const directory = new HostDirectory({
    links: { toRunner: null, toHost: () => link, isLive: () => Promise.resolve(false) },
    secret: '',
    balancer: null,
    onError: () => undefined,
    onSilent: () => undefined,
  });
  directory.beat({
    host: 'host-1',
    url: 'http://127.0.0.1:1',
    ready: true,
    draining: false,
    runners: [],
    revision: '1',
  });
  return directory;
}

const ids = (directory: HostDirectory): string[] => directory.hosts().map(({ id }) => id);

describe('HostDirectory', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
  afterEach(() => jest.useRealTimers());

  test('a host that falls silent is forgotten after five seconds', () => {
    const directory = directoryWithHost();
    jest.advanceTimersByTime(4_500);
    expect(ids(directory)).toEqual(['host-1']);
    jest.advanceTimersByTime(1_000);
    expect(ids(directory)).toEqual([]);
    directory.close();
  });

  test('while we are stopping nobody can tell us of himself, so nobody is forgotten', () => {
    const directory = directoryWithHost();
    directory.keep();
    jest.advanceTimersByTime(20_000);
    expect(ids(directory)).toEqual(['host-1']);
    directory.close();
  });
});
