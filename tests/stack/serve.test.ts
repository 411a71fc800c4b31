import { execFileSync } from 'node:child_process';
import { copyFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { missingStack } from '../support/compose';
import { describeWhere } from '../support/describe-where';
import { freePort } from '../support/free-port';
import { eventually } from '../support/processes';

const minutes = 60_000;
const image = 'shoal-test-modelhost';

function docker(...args: readonly string[]): string {
  const env = { ...process.env, DOCKER_BUILDKIT: '0' };
  return execFileSync('docker', args, { env, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** As a platform runs it: `docker run IMAGE serve`, the model below /opt/ml/model. */
describeWhere(missingStack('v1'), 'the image of a modelhost as a platform runs it', () => {
  let folder: string;
  let container = '';

  beforeAll(() => {
    docker('build', '-f', 'deploy/Dockerfile', '--target', 'modelhost', '-t', image, '.');
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-serve-'));
    copyFileSync('examples/models/iris/1/model.onnx', path.join(folder, 'model.onnx'));
    chmodSync(folder, 0o755);
  }, 8 * minutes);

  afterEach(() => docker('rm', '-f', container));

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['8080', []],
    ['9001', ['-e', 'PORT=9001']],
    ['9002', ['-e', 'SAGEMAKER_BIND_TO_PORT=9002', '-e', 'PORT=9001']],
  ])(
    'serves on %s',
    async (inside, environment) => {
      const outside = await freePort();
      const published = ['-p', `127.0.0.1:${outside}:${inside}`];
      const model = ['-v', `${folder}:/opt/ml/model:ro`];
      container = docker('run', '-d', ...published, ...model, ...environment, image, 'serve');
      const url = `http://127.0.0.1:${outside}`;
      await eventually(
        '/ping is answered',
        async () =>
          (await fetch(`${url}/ping`, { signal: AbortSignal.timeout(2000) })).ok || undefined,
        minutes,
      );
      const answer = await fetch(`${url}/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv', accept: 'application/json' },
        body: '5.1,3.5,1.4,0.2\n',
      });
      expect(await answer.json()).toMatchObject({ predictions: [{ label: 0 }] });
      docker('stop', '-t', '40', container);
      expect(docker('inspect', '-f', '{{.State.ExitCode}}', container)).toBe('0');
    },
    3 * minutes,
  );
});
