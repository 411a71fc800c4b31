import { readSettings } from '../core/settings';
import { coresPerHost, createPrograms, urlOf, type Programs } from './programs';
import { embeddedSettings } from './settings';

function programs(environment: Record<string, string> = {}, cores = 8): Programs {
  const settings = readSettings(embeddedSettings, environment);
  return createPrograms({ settings, environment, built: '/b', privateFolder: '/private', cores });
}

describe('createPrograms', () => {
  test('modelhosts stay on loopback and take free ports, whatever the inferrer does', () => {
    const { inferrer, modelhost } = programs({ PORT: '18000', LISTEN_HOST: '0.0.0.0' });
    expect(inferrer.environment).toMatchObject({ PORT: '18000', LISTEN_HOST: '0.0.0.0' });
    expect(modelhost(2).environment).toMatchObject({
      PORT: '0',
      LISTEN_HOST: '127.0.0.1',
      HOST_ID: 'host-2',
      INFERRER_URL: 'http://127.0.0.1:18000',
      TMPDIR: '/private',
    });
  });

  test.each(['off', '0', '9001'])('the port for gRPC may be %s, of the inferrer alone', (port) => {
    const { inferrer, modelhost } = programs({ GRPC_PORT: port });
    expect(inferrer.environment['GRPC_PORT']).toBe(port);
    expect(modelhost(1).environment['GRPC_PORT']).toBe('off');
  });

  test.each(['on', '70000'])('there is no port %j for gRPC', (port) => {
    expect(() => programs({ GRPC_PORT: port })).toThrow('GRPC_PORT');
  });

  test("the base path is the inferrer's alone, and all find it there", () => {
    const { inferrer, metrics, modelhost } = programs({ BASE_PATH: '/shoal/' });
    expect(inferrer.environment['BASE_PATH']).toBe('/shoal/');
    for (const { environment } of [metrics, modelhost(1)]) {
      expect(environment).toMatchObject({
        BASE_PATH: '',
        INFERRER_URL: 'http://127.0.0.1:8000/shoal',
      });
    }
  });

  test('what the user set for the services goes on to them', () => {
    const { inferrer, metrics, modelhost } = programs({ TOKENS: 't', CLUSTER_SECRET: 's' });
    for (const { environment } of [inferrer, metrics, modelhost(1)]) {
      expect(environment).toMatchObject({ TOKENS: 't', CLUSTER_SECRET: 's' });
    }
  });

  test('hosts share the cores of the machine or those that are set', () => {
    expect(programs({}, 8).modelhost(1).environment['CORES']).toBe('4');
    expect(programs({ CORES: '6', MODELHOSTS: '3' }, 8).modelhost(1).environment['CORES']).toBe(
      '2',
    );
    expect(coresPerHost(2, 5)).toBe(1);
  });
});

test.each([
  ['127.0.0.1', 'http://127.0.0.1:80'],
  ['0.0.0.0', 'http://127.0.0.1:80'],
  ['::', 'http://[::1]:80'],
  ['fd00::1', 'http://[fd00::1]:80'],
  ['10.0.0.9', 'http://10.0.0.9:80'],
])('a server that listens on %s is reached at %s', (address, url) => {
  expect(urlOf(address, 80)).toBe(url);
});
